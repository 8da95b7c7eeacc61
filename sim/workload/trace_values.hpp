// Texts of traces to numbers, in integers: no time passes through a double.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/base/sim_time.hpp"

namespace kvsim::workload {

/// Digits only: "374". Nothing for a sign, a point, blanks, or more than kLongestRequest.
[[nodiscard]] std::optional<std::int64_t> parse_tokens(std::string_view text);

/// A whole number from -2^63 to 2^64 - 1, by its 64 bits: "18446744073709551615" is -1.
[[nodiscard]] std::optional<std::int64_t> parse_id(std::string_view text);

/// text · 10^power attoseconds, where `text` is a decimal number: "12.345", "-0.5", "1e-05".
/// Exact down to the attosecond, rounded below it. power is 18 for seconds, 15 for milliseconds.
[[nodiscard]] std::optional<Duration> parse_decimal(std::string_view text, int power);

/// "YYYY-MM-DD HH:MM:SS[.fraction][zone]" counted from 1970-01-01 00:00:00; T may stand for the
/// blank, the fraction has up to 18 digits, the zone is Z or ±HH:MM. The calendar is checked.
[[nodiscard]] std::optional<Duration> parse_timestamp(std::string_view text);

}  // namespace kvsim::workload
