#include "sim/workload/sine_gaps.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kvsim::workload {
namespace {

constexpr double kClose = 1e-15;    // of x itself
constexpr int kMostHalvings = 200;  // of which each brings a bit; Newton needs some five in all

}  // namespace

SineGaps::SineGaps(const spec::SineSpec& sine)
    : amplitude_(sine.amplitude),
      period_(sine.period),
      phase_(sine.phase),
      radians_per_second_(2 * std::numbers::pi / to_seconds(sine.period).value()) {}

// Out of whole attoseconds, so that the wave does not drift however long the run is.
double SineGaps::angle(SimTime now) const {
  const Int128 passed = ((now - SimTime()) + phase_).attoseconds() % period_.attoseconds();
  return radians_per_second_ * to_seconds(Duration(passed)).value();
}

// Newton's steps, and where one leaves the bracket the middle of it.
double SineGaps::gap(SimTime last, double plain) const {
  if (amplitude_ == 0) {
    return plain;
  }
  const double begin = angle(last);
  const double reach =
      2 * amplitude_ / radians_per_second_;  // most that the wave is ahead or behind
  double low = std::max(plain / (1 + amplitude_), plain - reach);
  double high = plain + reach;
  double x = std::min(plain, high);
  for (int i = 0; i < kMostHalvings && low < high; ++i) {
    const double half = radians_per_second_ * x / 2;
    // cos θ - cos(θ + 2h) = 2 · sin(θ + h) · sin h, which does not cancel.
    const double ahead =
        2 * amplitude_ / radians_per_second_ * std::sin(begin + half) * std::sin(half);
    const double off = x + ahead - plain;
    (off > 0 ? high : low) = x;
    const double slope = 1 + amplitude_ * std::sin(begin + 2 * half);
    const double newton = x - off / slope;
    if (off == 0 || std::abs(newton - x) <= kClose * x) {
      return x;
    }
    x = newton > low && newton < high ? newton : low + (high - low) / 2;
  }
  return x;
}

}  // namespace kvsim::workload
