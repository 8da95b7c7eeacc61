// A table of measured servers as text: CSV, or JSON as vllm bench serve writes it.
#pragma once

#include <string>

#include "sim/validate/row_plan.hpp"

namespace kvsim::cli {

/// JSON: an object, a list of objects or one object per line; each becomes a row, and its scalars
/// the columns. Throws ConfigError with the place.
[[nodiscard]] validate::Table load_measured_table(const std::string& path);

}  // namespace kvsim::cli
