#include "sim/workload/time_scaling.hpp"

#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim::workload {

Duration divide(Duration span, double divisor) {
  KVSIM_CHECK(divisor >= kSmallestDivisor && divisor <= kLargestDivisor,
              "a time is divided by a number out of range");
  KVSIM_CHECK(span.attoseconds() >= 0 && to_seconds(span).value() / divisor < 1e20,
              "a scaled time is out of range");
  // divisor = mantissa · 2^-shift with 2^52 <= mantissa < 2^53; the limits on it give
  // 13 <= shift <= 72, so the remainder (below 2^53) may be shifted within 127 bits.
  int exponent = 0;
  const double fraction = std::frexp(divisor, &exponent);
  const auto mantissa = static_cast<Int128>(std::ldexp(fraction, 53));
  const int shift = 53 - exponent;
  const Int128 whole = (span.attoseconds() / mantissa) << shift;
  const Int128 remainder = (span.attoseconds() % mantissa) << shift;
  return Duration(whole + round_div(remainder, mantissa));
}

}  // namespace kvsim::workload
