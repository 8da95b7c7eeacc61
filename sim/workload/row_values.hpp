// The values of one row, whatever the syntax around them: from a text and its place to a number,
// or what is wrong with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/sim_time.hpp"
#include "sim/spec/workload.hpp"
#include "sim/workload/text_file.hpp"

namespace kvsim::workload {

struct RowValue {
  std::string_view name;  ///< of its column or key
  std::string_view text;
  int column = 0;  ///< where the text stands in the line, from 1
};

[[nodiscard]] std::optional<Fault> read_arrival(const RowValue& value, spec::TimeUnit unit,
                                                Duration& written);
/// At least 1.
[[nodiscard]] std::optional<Fault> read_tokens(const RowValue& value, std::int64_t& tokens);
/// Any whole number up to 1e9, with or without a sign.
[[nodiscard]] std::optional<Fault> read_priority(const RowValue& value, std::int64_t& priority);
/// Ids of 64 bits, with or without a sign, between blanks, semicolons or bars; there may be none.
[[nodiscard]] std::optional<Fault> read_ids(const RowValue& value, std::vector<std::int64_t>& ids);
/// Whether the text is the number 0.
[[nodiscard]] bool is_zero_tokens(const RowValue& value);

}  // namespace kvsim::workload
