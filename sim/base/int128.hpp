// The one 128-bit integer type of kvsim. GCC and Clang have it as an extension on 64-bit targets.
#pragma once

#include <cstdint>
#include <string>

namespace kvsim {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

/// Decimal digits of `value`; the standard library prints no 128-bit integers.
[[nodiscard]] std::string to_string(Int128 value);

inline constexpr Int128 kNarrow = Int128{1} << 62;  ///< twice as much fits 64 bits

/// Quotient without the rest. Requires: numerator >= 0, denominator > 0.
[[nodiscard]] constexpr Int128 divide_down(Int128 numerator, Int128 denominator) {
  if (numerator <= kNarrow && denominator <= kNarrow) {  // several times faster
    return static_cast<std::int64_t>(numerator) / static_cast<std::int64_t>(denominator);
  }
  return numerator / denominator;
}

/// Quotient rounded to the nearest integer, halves away from zero. Requires: denominator > 0.
[[nodiscard]] constexpr Int128 round_div(Int128 numerator, Int128 denominator) {
  if (0 <= numerator && numerator <= kNarrow && denominator <= kNarrow) {  // as above
    return (static_cast<std::int64_t>(numerator) + static_cast<std::int64_t>(denominator) / 2) /
           static_cast<std::int64_t>(denominator);
  }
  return numerator >= 0 ? (numerator + denominator / 2) / denominator
                        : -((-numerator + denominator / 2) / denominator);
}

}  // namespace kvsim
