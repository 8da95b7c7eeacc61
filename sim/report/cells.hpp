// Numbers as a person reads them: four significant digits, units, no false precision.
#pragma once

#include <optional>
#include <string>

#include "sim/base/int128.hpp"
#include "sim/base/quantity.hpp"
#include "sim/report/table.hpp"

namespace kvsim::report {

/// "12 345", "123.4", "12.34", "1.234", "0.012": at least three significant digits from 0.1 on.
[[nodiscard]] std::string format_number(double value);
/// 0.4567 as "45.7 %"; what would round to 0 or 100 without being it is "< 0.1 %" or "> 99.9 %".
[[nodiscard]] std::string format_percent(double fraction);
/// "57.2×"
[[nodiscard]] std::string format_ratio(double ratio);
/// Milliseconds with the unit that keeps them readable: "12.34 ms", "4.567 s".
[[nodiscard]] std::string format_ms(double milliseconds);

[[nodiscard]] Cell text_cell(std::string text);
[[nodiscard]] Cell no_cell();
[[nodiscard]] Cell number_cell(double value);
[[nodiscard]] Cell number_cell(const std::optional<double>& value);
[[nodiscard]] Cell count_cell(std::int64_t value);
[[nodiscard]] Cell percent_cell(double fraction);
[[nodiscard]] Cell ratio_cell(double ratio);
/// Binary prefixes, for memory.
[[nodiscard]] Cell memory_cell(Bytes value);
/// Decimal prefixes, for traffic. The value is exact while it fits 64 bits.
[[nodiscard]] Cell traffic_cell(Int128 bytes);

/// None for a word and for nothing.
[[nodiscard]] std::optional<double> as_double(const Value& value);

}  // namespace kvsim::report
