// A card as the YAML file that the loader reads back as the same card.
#pragma once

#include <string>

#include "sim/spec/card.hpp"

namespace kvsim::report {

/// With the schema's modeline; fields at their default are left out. Numbers are the shortest text
/// that reads back as the same number; durations are exact.
[[nodiscard]] std::string card_yaml(const spec::CardSpec& card);

}  // namespace kvsim::report
