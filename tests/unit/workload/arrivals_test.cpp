#include "sim/workload/arrivals.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "sample_moments.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

using spec::ArrivalProcess;

std::vector<SimTime> first(int count, const spec::ArrivalSpec& spec, std::uint64_t seed = 1) {
  ArrivalTimes times(spec, seed);
  std::vector<SimTime> instants;
  for (int i = 0; i < count; ++i) {
    instants.push_back(*times.next());
  }
  return instants;
}

std::vector<double> gaps_in_seconds(const std::vector<SimTime>& instants) {
  std::vector<double> gaps;
  SimTime before;
  for (const SimTime instant : instants) {
    gaps.push_back(to_seconds(instant - before).value());
    before = instant;
  }
  return gaps;
}

double coefficient_of_variation(const std::vector<double>& values) {
  return std::sqrt(variance(values)) / mean(values);
}

TEST(ArrivalTimes, ConstantArrivalsAreMultiplesOfTheGapRoundedOnce) {
  const auto instants = first(3, arrivals(ArrivalProcess::Constant, 3));
  // i/3 s in attoseconds; three gaps of 1/3 s rounded one by one would miss 1 s.
  EXPECT_EQ(instants[0].since_start(), Duration(333'333'333'333'333'333));
  EXPECT_EQ(instants[1].since_start(), Duration(666'666'666'666'666'667));
  EXPECT_EQ(instants[2].since_start(), Duration(kAttosecondsPerSecond));
}

TEST(ArrivalTimes, AllAtOnceArriveAtZero) {
  for (const SimTime instant : first(5, arrivals(ArrivalProcess::AllAtOnce, 0))) {
    EXPECT_EQ(instant, SimTime());
  }
}

// Exponential gaps: mean 1/rate with standard deviation 1/(rate·sqrt(N)), variation 1.
TEST(ArrivalTimes, PoissonGapsHaveTheMeanAndSpreadOfTheory) {
  const auto gaps = gaps_in_seconds(first(kDraws, arrivals(ArrivalProcess::Poisson, 4)));
  EXPECT_NEAR(mean(gaps), 0.25, 4 * 0.25 / std::sqrt(kDraws));
  EXPECT_NEAR(coefficient_of_variation(gaps), 1, 0.015);
}

// Gamma gaps of shape b: mean 1/rate, variation 1/sqrt(b). numpy's gamma(shape=b, 1/(rate·b)).
TEST(ArrivalTimes, BurstinessSetsTheSpreadAndLeavesTheRate) {
  const auto bursty = gaps_in_seconds(first(kDraws, arrivals(ArrivalProcess::Gamma, 4, 0.25)));
  EXPECT_NEAR(mean(bursty), 0.25, 4 * 0.25 * 2 / std::sqrt(kDraws));
  EXPECT_NEAR(coefficient_of_variation(bursty), 2, 0.06);
  const auto even = gaps_in_seconds(first(kDraws, arrivals(ArrivalProcess::Gamma, 4, 16)));
  EXPECT_NEAR(mean(even), 0.25, 4 * 0.25 / 4 / std::sqrt(kDraws));
  EXPECT_NEAR(coefficient_of_variation(even), 0.25, 0.004);
}

TEST(ArrivalTimes, BurstinessOneIsPoissonDrawForDraw) {
  EXPECT_EQ(first(100, arrivals(ArrivalProcess::Gamma, 4, 1)),
            first(100, arrivals(ArrivalProcess::Poisson, 4)));
}

TEST(ArrivalTimes, AnotherSeedGivesOtherArrivals) {
  EXPECT_NE(first(1, arrivals(ArrivalProcess::Poisson, 4), 1),
            first(1, arrivals(ArrivalProcess::Poisson, 4), 2));
}

// Common random numbers: half the rate, twice the time, to half an attosecond per gap.
RC_GTEST_PROP(ArrivalTimes, AnotherRateOnlyStretchesTheSameArrivals, ()) {
  const auto process =
      *rc::gen::element(ArrivalProcess::Poisson, ArrivalProcess::Gamma, ArrivalProcess::Constant);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const int doublings = *rc::gen::inRange(1, 8);
  const auto slow = first(20, arrivals(process, 0.75, 0.5), seed);
  const auto fast = first(20, arrivals(process, std::ldexp(0.75, doublings), 0.5), seed);
  for (int i = 0; i < 20; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const Int128 stretched = fast[at].since_start().attoseconds() << doublings;
    const Int128 difference = slow[at].since_start().attoseconds() - stretched;
    // Gaps near 1 s are doubles of attoseconds with 64 as between neighbours.
    const Int128 allowed = static_cast<Int128>(i + 1) * 128 << doublings;
    RC_ASSERT(difference <= allowed && difference >= -allowed);
  }
}

RC_GTEST_PROP(ArrivalTimes, NeverGoBack, ()) {
  const auto process = *rc::gen::element(ArrivalProcess::Poisson, ArrivalProcess::Gamma,
                                         ArrivalProcess::Constant, ArrivalProcess::AllAtOnce);
  const auto rate = *rc::gen::element(1e-6, 0.1, 7.0, 1e6, 1e12);
  const auto instants =
      first(50, arrivals(process, rate, 0.01), *rc::gen::arbitrary<std::uint64_t>());
  RC_ASSERT(std::is_sorted(instants.begin(), instants.end()));
}

}  // namespace
}  // namespace kvsim::workload
