// Arrivals whose rate swings: counts against the integral of the rate.
#include "sim/workload/sine_gaps.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numbers>

#include "sim/workload/arrivals.hpp"
#include "trace_file.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

using spec::ArrivalProcess;

Duration seconds(double value) { return to_duration(Seconds(value)); }
spec::ArrivalSpec sine(double rate, double amplitude, double period, double phase = 0) {
  spec::ArrivalSpec spec = arrivals(ArrivalProcess::Sine, rate);
  spec.sine = {amplitude, seconds(period), seconds(phase)};
  return spec;
}

// Λ(t) = ∫ λ from 0 to t, in closed form.
double expected(const spec::ArrivalSpec& spec, double t) {
  const double w = 2 * std::numbers::pi / to_seconds(spec.sine.period).value();
  const double begin = w * to_seconds(spec.sine.phase).value();
  return spec.request_rate.value() *
         (t + spec.sine.amplitude / w * (std::cos(begin) - std::cos(begin + w * t)));
}

TEST(SineArrivals, WithoutAmplitudeAreThePoissonProcessToTheBit) {
  ArrivalTimes swinging(sine(4, 0, 86'400, 1234), 7);
  ArrivalTimes plain(arrivals(ArrivalProcess::Poisson, 4), 7);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(*swinging.next(), *plain.next());
  }
}

// The change of time is exact: Λ at request i is the sum of its draws, E_0 + ... + E_i, which is
// where the plain Poisson process of rate 1 has it. Both add up thousands of rounded doubles.
RC_GTEST_PROP(SineArrivals, AreThePoissonProcessUnderAChangeOfTime, ()) {
  const double amplitude = *rc::gen::inRange(0, 101) / 100.0;
  const double period = *rc::gen::element(0.01, 1.0, 60.0, 86'400.0);
  const double rate = *rc::gen::element(0.01, 1.0, 50.0, 3e4);
  const auto spec = sine(rate, amplitude, period, *rc::gen::inRange(0, 1000) / 1000.0 * period);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  ArrivalTimes times(spec, seed);
  ArrivalTimes unit(arrivals(ArrivalProcess::Poisson, 1), seed);
  SimTime last;
  for (int i = 0; i < 2000; ++i) {
    const SimTime now = *times.next();
    RC_ASSERT(now >= last);
    last = now;
    const double sum = seconds_of(*unit.next());
    RC_ASSERT(std::abs(expected(spec, seconds_of(now)) - sum) < 1e-6 * (1 + sum));
  }
}

// 24 bins of an hour over 30 days of 2 requests a second, swinging by 80 %. The counts of an hour
// of the day are Poisson around the integral, so Σ (count - expected)² / expected is χ² with 24
// degrees of freedom: above 51.2 once in a thousand seeds, and this seed does not change.
TEST(SineArrivals, HourlyCountsFollowTheIntegralOfTheRate) {
  const auto spec = sine(2, 0.8, 86'400, 21'600);
  ArrivalTimes times(spec, 3);
  std::array<double, 24> counts{};
  constexpr double kEnd = 30 * 86'400;
  for (auto at = times.next(); seconds_of(*at) < kEnd; at = times.next()) {
    counts[static_cast<std::size_t>(std::fmod(seconds_of(*at), 86'400) / 3600)] += 1;
  }
  double chi_square = 0;
  for (std::size_t hour = 0; hour < counts.size(); ++hour) {
    const auto begin = static_cast<double>(hour) * 3600;
    const double mean = 30 * (expected(spec, begin + 3600) - expected(spec, begin));
    chi_square += (counts[hour] - mean) * (counts[hour] - mean) / mean;
  }
  EXPECT_LT(chi_square, 51.2);
  // A quarter of a period in, the first hour is that of the peak: λ from 3.6/s on, falling.
  EXPECT_GT(counts[0], 30 * 3600 * 3.5);
  EXPECT_LT(counts[12], 30 * 3600 * 0.5);
}

TEST(SineArrivals, TheSameSeedGivesTheSameTimes) {
  ArrivalTimes a(sine(4, 0.5, 600), 5);
  ArrivalTimes b(sine(4, 0.5, 600), 5);
  ArrivalTimes other(sine(4, 0.5, 600), 6);
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const SimTime at = *a.next();
    ASSERT_EQ(at, *b.next());
    differs = differs || at != *other.next();
  }
  EXPECT_TRUE(differs);
}

// A rate that stands still at its trough: the gap over it is all but the period.
TEST(SineGaps, CrossATroughWithoutRate) {
  // θ begins at the trough, 3/4 of a period. λ = 1 - cos(2π t/T) from there: Λ(T) = T at rate 1. At
  // the next trough Λ is as flat as a cube, so its 1e-14 leaves x its cube root.
  const SineGaps gaps({1, seconds(100), seconds(75)});
  EXPECT_NEAR(gaps.gap(SimTime(), 100), 100, 1e-2);
  // Λ(x) ≈ (2π/T)² x³ / 6 for small x: 1e-9 = 6.58e-4 x³ takes x = 0.0115.
  EXPECT_NEAR(gaps.gap(SimTime(), 1e-9), std::cbrt(1e-9 * 6 / std::pow(0.02 * std::numbers::pi, 2)),
              1e-6);
}

spec::WorkloadSpec swinging(double period, double phase) {
  spec::WorkloadSpec workload = chat(4, 10);
  workload.arrivals = sine(4, 0.5, period, phase);
  return workload;
}

TEST(SineArrivals, WavesThatCannotBeSimulatedAreRefused) {
  const TraceFile nowhere("");
  EXPECT_EQ(nowhere.error_of(swinging(1e-4, 2e8)),
            R"(error: a period of 0.0001 s cannot be simulated [workload.arrivals.period]
    note: periods from 1 ms to 1e8 s can
error: a phase of 2e+08 s cannot be simulated [workload.arrivals.phase]
    note: phases of up to 1e8 s can
)");
  EXPECT_EQ(nowhere.error_of(swinging(1, 0)), "");
}

}  // namespace
}  // namespace kvsim::workload
