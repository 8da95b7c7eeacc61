// Time of a collective from a table of message sizes.
#pragma once

#include "sim/base/quantity.hpp"
#include "sim/spec/card.hpp"

namespace kvsim::cost {

/// Log-log between the points; below the first its time; beyond the last in proportion to bytes.
/// Requires: the card has a row for `ranks` (checked). bytes > 0.
[[nodiscard]] Seconds collective_time(const spec::CollectiveForm& form, std::int64_t ranks,
                                      std::int64_t bytes);

/// A copy over a link, by itself.
[[nodiscard]] Seconds copy_time(const spec::LinkForm& form, Bytes bytes);

}  // namespace kvsim::cost
