// Text with units to numbers and back: "80 GiB", "3.35 TB/s", "150ms", "4/s", "8k".
//
// A dimensional value always carries its unit. Decimal prefixes are powers of 1000 and binary
// ones (Ki, Mi, Gi, Ti) powers of 1024; there is no guessing between the two.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim {

enum class Dimension { Count, Size, Bandwidth, ComputeRate, Time, Rate, Power };

/// Either a number in base units (bytes, bytes/s, FLOP/s, seconds, 1/s, W) or why there is none.
struct ParsedNumber {
  std::optional<double> value;
  std::string problem;  ///< e.g. "'80' has no unit"
  std::string hint;     ///< e.g. "write for example 80 GiB"
};

/// Parses `text` as a decimal number followed by a unit of `dimension`.
/// Count takes no unit but k and M ("8k" is 8000). Octal-looking ("010") and hexadecimal numbers,
/// digit separators, infinities and NaN are refused.
[[nodiscard]] ParsedNumber parse_number(std::string_view text, Dimension dimension);

/// The units of a dimension as they are written, smallest first; Count has "" for none.
[[nodiscard]] std::vector<std::string_view> unit_names(Dimension dimension);

/// 1.5e9 bytes as "1.50 GB"; three significant digits at least.
[[nodiscard]] std::string format_bytes(double bytes);
/// The same with binary prefixes: "1.40 GiB".
[[nodiscard]] std::string format_bytes_binary(double bytes);
/// 12345678 as "12 345 678" (SI style, thin groups as plain spaces).
[[nodiscard]] std::string format_grouped(std::int64_t count);
/// Seconds with the unit that keeps it readable: "12.3 us", "4.56 ms", "1.20 s",
/// "86400 s"; three significant digits at least, never an exponent.
[[nodiscard]] std::string format_time(double seconds);

}  // namespace kvsim
