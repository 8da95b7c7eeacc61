// A span of time divided by a plain number, in integers: rounded once, however long the span.
#pragma once

#include "sim/base/sim_time.hpp"

namespace kvsim::workload {

inline constexpr double kSmallestDivisor = 1e-6;
inline constexpr double kLargestDivisor = 1e12;

/// span / divisor for the very value of the double, rounded to the nearest attosecond.
/// Monotone in span. Requires: kSmallestDivisor <= divisor <= kLargestDivisor and
/// 0 <= span / divisor < 1e20 s (checked).
[[nodiscard]] Duration divide(Duration span, double divisor);

}  // namespace kvsim::workload
