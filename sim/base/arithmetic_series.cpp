#include "sim/base/arithmetic_series.hpp"

#include <cmath>

namespace kvsim {
namespace {

// The compiler's own conversion rounds to nearest, which a proposal need not.
double roughly(Int128 value) {
  const auto low = static_cast<std::int64_t>(value);
  if (low == value) {  // nearly always
    return static_cast<double>(low);
  }
  return static_cast<double>(static_cast<std::int64_t>(value >> 64)) * 0x1.0p64 +
         static_cast<double>(static_cast<std::uint64_t>(value));
}

// Positive root of u·m + v·m² = target with u = first - step/2, v = step/2, in the form that loses
// no digits when v is small. A few units off at worst; NaN or negative when there is none.
double root(const ArithmeticSeries& series, Int128 target) {
  const double v = roughly(series.step) / 2;
  const double u = roughly(series.first) - v;
  const double t = roughly(target);
  return 2 * t / (u + std::sqrt(u * u + 4 * v * t));
}

}  // namespace

// The discriminant does not fit 128 bits, so a double proposes and exact sums decide.
std::int64_t ArithmeticSeries::terms_to_reach(Int128 target, std::int64_t most) const {
  const double guess = root(*this, target);
  std::int64_t terms = most;
  if (!(guess >= 1)) {
    terms = 1;
  } else if (guess < static_cast<double>(most)) {
    terms = static_cast<std::int64_t>(guess);
  }
  while (terms < most && sum(terms) < target) {
    ++terms;
  }
  while (terms > 1 && sum(terms - 1) >= target) {
    --terms;
  }
  return terms;
}

}  // namespace kvsim
