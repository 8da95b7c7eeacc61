// Gaps of a Poisson process whose rate swings:
//
//   λ(t) = r · (1 + a · sin(θ(t)))        θ(t) = 2π (t + phase) / period
//
// Request i comes when the requests expected since the one before it reach E_i, exponential with
// mean 1: the Poisson process of rate 1 under a change of time. With g = E_i / r, the gap at rate
// r, and θ at the request before,
//
//   x + a · (period / 2π) · (cos θ - cos(θ + 2π x / period)) = g
//
// has one solution x, the gap: its left side never falls, because a <= 1. Amplitude 0 leaves x = g,
// to the bit, and another rate or phase keeps the draws (staged_arrivals.hpp does the same).
#pragma once

#include "sim/base/sim_time.hpp"
#include "sim/spec/workload.hpp"

namespace kvsim::workload {

class SineGaps {
 public:
  /// Requires: 0 <= amplitude <= 1, period > 0, phase >= 0.
  explicit SineGaps(const spec::SineSpec& sine);

  /// The gap behind a request at `last`, in seconds, where rate r alone would make it `plain`.
  [[nodiscard]] double gap(SimTime last, double plain) const;

 private:
  [[nodiscard]] double angle(SimTime now) const;

  double amplitude_;
  Duration period_;
  Duration phase_;
  double radians_per_second_;
};

}  // namespace kvsim::workload
