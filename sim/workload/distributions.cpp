#include "sim/workload/distributions.hpp"

#include <array>
#include <cmath>

namespace kvsim::workload {
namespace {

// AS 241 approximates by a quotient of two polynomials of degree 7: one pair for the middle of the
// distribution, one for the tails, one for the far tails. Coefficients as published, from x^0 on.
using Polynomial = std::array<double, 8>;

constexpr Polynomial kMiddleAbove = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                                     1.9715909503065514427e+3, 1.3731693765509461125e+4,
                                     4.5921953931549871457e+4, 6.7265770927008700853e+4,
                                     3.3430575583588128105e+4, 2.5090809287301226727e+3};
constexpr Polynomial kMiddleBelow = {1.0,
                                     4.2313330701600911252e+1,
                                     6.8718700749205790830e+2,
                                     5.3941960214247511077e+3,
                                     2.1213794301586595867e+4,
                                     3.9307895800092710610e+4,
                                     2.8729085735721942674e+4,
                                     5.2264952788528545610e+3};
constexpr Polynomial kTailAbove = {1.42343711074968357734e0,  4.63033784615654529590e0,
                                   5.76949722146069140550e0,  3.64784832476320460504e0,
                                   1.27045825245236838258e0,  2.41780725177450611770e-1,
                                   2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr Polynomial kTailBelow = {1.0,
                                   2.05319162663775882187e0,
                                   1.67638483018380384940e0,
                                   6.89767334985100004550e-1,
                                   1.48103976427480074590e-1,
                                   1.51986665636164571966e-2,
                                   5.47593808499534494600e-4,
                                   1.05075007164441684324e-9};
constexpr Polynomial kFarTailAbove = {6.65790464350110377720e0,  5.46378491116411436990e0,
                                      1.78482653991729133580e0,  2.96560571828504891230e-1,
                                      2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                      2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr Polynomial kFarTailBelow = {1.0,
                                      5.99832206555887937690e-1,
                                      1.36929880922735805310e-1,
                                      1.48753612908506148525e-2,
                                      7.86869131145613259100e-4,
                                      1.84631831751005468180e-5,
                                      1.42151175831644588870e-7,
                                      2.04426310338993978564e-15};

// Both at once: the two chains of multiplications overlap in the processor.
double quotient_at(double x, const Polynomial& above, const Polynomial& below) {
  double numerator = 0;
  double denominator = 0;
  for (std::size_t i = above.size(); i-- > 0;) {
    numerator = numerator * x + above[i];
    denominator = denominator * x + below[i];
  }
  return numerator / denominator;
}

// Quantile of the upper tail that holds `tail` of the probability.
double tail_quantile(double tail) {
  const double r = std::sqrt(-std::log(tail));
  return r <= 5 ? quotient_at(r - 1.6, kTailAbove, kTailBelow)
                : quotient_at(r - 5, kFarTailAbove, kFarTailBelow);
}

}  // namespace

double normal_quantile(double probability) {
  const double q = probability - 0.5;
  if (std::abs(q) <= 0.425) {
    const double r = 0.180625 - q * q;  // 0.425²
    return q * quotient_at(r, kMiddleAbove, kMiddleBelow);
  }
  return q < 0 ? -tail_quantile(probability) : tail_quantile(1 - probability);
}

double exponential_quantile(double uniform) { return -std::log(uniform); }

double draw_exponential(RandomDraws& draws) { return exponential_quantile(draws.uniform()); }

double draw_normal(RandomDraws& draws) { return normal_quantile(draws.uniform()); }

double draw_gamma(RandomDraws& draws, double shape) {
  if (shape < 1) {  // section 6 of the paper: Gamma(a) = Gamma(a + 1) · U^(1/a)
    const double above_one = draw_gamma(draws, shape + 1);
    return above_one * std::pow(draws.uniform(), 1 / shape);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  while (true) {
    const double x = draw_normal(draws);
    const double root = 1 + c * x;
    if (root <= 0) {
      continue;
    }
    const double v = root * root * root;
    if (std::log(draws.uniform()) < x * x / 2 + d * (1 - v + std::log(v))) {
      return d * v;
    }
  }
}

}  // namespace kvsim::workload
