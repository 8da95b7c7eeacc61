// Draws from textbook distributions, made from the uniform bits of one item of a stream.
//
// They are written here because libraries change their algorithms between releases (Boost.Random
// did for normal and exponential), and a study must give the same traffic on every machine. What
// remains outside is libm: log, exp, pow.
#pragma once

#include "sim/base/rng.hpp"

namespace kvsim::workload {

/// Exponential with mean 1, by inversion of a uniform on (0, 1): -log(u).
[[nodiscard]] double exponential_quantile(double uniform);
[[nodiscard]] double draw_exponential(RandomDraws& draws);

/// The value below which a standard normal falls with this probability, to 1 part in 10^15:
/// algorithm AS 241, PPND16 (Wichura 1988, Applied Statistics 37:3). Requires: 0 < probability < 1.
[[nodiscard]] double normal_quantile(double probability);

/// Normal with mean 0 and variance 1, by inversion: one uniform a draw, and a larger uniform gives
/// a larger value, so two length distributions under one seed vary together.
[[nodiscard]] double draw_normal(RandomDraws& draws);

/// Gamma with scale 1 (mean = shape), by Marsaglia and Tsang (2000, ACM TOMS 26:3).
/// Requires: shape > 0.
[[nodiscard]] double draw_gamma(RandomDraws& draws, double shape);

}  // namespace kvsim::workload
