// Sums of first, first + step, first + 2·step, ... and where they reach a target, in whole numbers.
#pragma once

#include <cstdint>

#include "sim/base/int128.hpp"

namespace kvsim {

struct ArithmeticSeries {
  Int128 first = 0;
  Int128 step = 0;  ///< may be negative

  [[nodiscard]] constexpr Int128 term(std::int64_t index) const {
    return index == 0 ? first : first + step * index;
  }

  /// Of the first `terms` terms: first·m + step·m(m - 1)/2.
  [[nodiscard]] constexpr Int128 sum(std::int64_t terms) const {
    if (terms == 1) {
      return first;
    }
    const auto count = static_cast<std::uint64_t>(terms);  // unsigned: half the multiplications
    const UInt128 pairs = static_cast<UInt128>(count) * (count - 1) / 2;
    return static_cast<Int128>(static_cast<UInt128>(first) * count +
                               static_cast<UInt128>(step) * pairs);
  }

  /// The series without its first `terms` terms.
  [[nodiscard]] constexpr ArithmeticSeries after(std::int64_t terms) const {
    return {term(terms), step};
  }

  /// The fewest terms, at least 1 and at most `most`, whose sum is at least `target`; `most` if
  /// even their sum is less. Requires: most >= 1, no term among them is negative.
  [[nodiscard]] std::int64_t terms_to_reach(Int128 target, std::int64_t most) const;
};

}  // namespace kvsim
