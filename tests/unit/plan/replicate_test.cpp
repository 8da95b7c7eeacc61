// Error bars of a run: what they are made of and when they are refused.
#include "sim/plan/replicate.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "shapes.hpp"
#include "sim/base/check.hpp"

namespace kvsim::plan {
namespace {

const spec::Interval& interval_of(const spec::RunResult& result, const std::string& metric) {
  for (const spec::Interval& interval : result.intervals) {
    if (interval.metric == metric) {
      return interval;
    }
  }
  throw InternalError("no interval for " + metric);
}

std::vector<spec::CardSpec> cards_with_error(double kernels, double host) {
  std::vector<spec::CardSpec> cards = test::millisecond_steps();
  for (spec::CardSpec& card : cards) {
    card.residuals.all.mape = kernels;
  }
  cards.back().residuals.all.mape = host;
  return cards;
}

spec::RunSpec poisson_run(std::uint64_t seed = 0) {
  spec::RunSpec run = test::tiny_run(20, 10, 5);
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(100), 1};
  run.seed = seed;
  return run;
}

TEST(Replicates, AreAtLeastAsManyAsLeaveOneBeyondEachEnd) {
  EXPECT_EQ(least_replicates(0.5), 4);
  EXPECT_EQ(least_replicates(0.9), 20);
  EXPECT_EQ(least_replicates(0.95), 40);
  EXPECT_EQ(least_replicates(0.99), 200);
}

TEST(Replicates, DifferInSeedAndPricesOnly) {
  const spec::RunSpec run = poisson_run(5);
  const spec::RunSpec first = replicate_of(run, 1);
  EXPECT_FALSE(run.draw);
  EXPECT_EQ(first.draw->seed, 5U);
  EXPECT_EQ(first.draw->index, 1U);
  EXPECT_NE(first.seed, run.seed);
  EXPECT_NE(first.seed, replicate_of(run, 2).seed);
  EXPECT_EQ(first.seed, replicate_of(run, 1).seed);
  EXPECT_EQ(first.id, run.id);
}

// 21 replicates with 0, 1, ..., 20 ms: the 5th percentile of type 7 is at 0.05 · 20 = 1, the 95th
// at 19.
TEST(Intervals, ArePercentilesOfTheReplicates) {
  std::vector<Outcome> outcomes;
  for (const int ms : {20, 3, 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}) {
    spec::RunResult result;
    result.metrics.ttft = {.count = 1, .mean = static_cast<double>(ms)};
    result.metrics.time_by_provenance[0] = Duration(100);
    result.metrics.time_truncated = Duration(ms == 3 ? 21 : 0);
    outcomes.push_back(outcome_of(result));
  }
  spec::RunResult base;
  base.metrics.ttft.count = 1;
  add_intervals(base, outcomes, 0.9);
  EXPECT_DOUBLE_EQ(interval_of(base, "mean_ttft_ms").low, 1);
  EXPECT_DOUBLE_EQ(interval_of(base, "mean_ttft_ms").high, 19);
  EXPECT_EQ(interval_of(base, "mean_ttft_ms").confidence, 0.9);
  EXPECT_EQ(base.replication->replicates, 21);
  EXPECT_NEAR(base.replication->truncated_share, 0.01, 1e-15);  // a fifth of one, of 21
}

TEST(Intervals, NeedEnoughReplicates) {
  spec::RunResult base;
  EXPECT_THROW(add_intervals(base, std::vector<Outcome>(19), 0.9), InternalError);
}

// Answers of one token have no TPOT, so there is nothing to be unsure of.
TEST(Intervals, AreOfMetricsThatEveryReplicateHas) {
  spec::RunSpec run = poisson_run();
  run.workload.lengths->output = test::fixed(1);
  const auto result = replicate(run, {20, 0.9}, simulator(cards_with_error(0, 0)));
  EXPECT_THROW(static_cast<void>(interval_of(result, "mean_tpot_ms")), InternalError);
  EXPECT_NO_THROW(static_cast<void>(interval_of(result, "mean_ttft_ms")));
  EXPECT_THROW(static_cast<void>(interval_of(result, "request_goodput")), InternalError);  // no slo
}

// Everything arrives at once with fixed lengths: no seed moves anything, and no card is off.
TEST(Intervals, OfCertaintyHaveNoWidth) {
  const auto result =
      replicate(test::tiny_run(20, 10, 5), {20, 0.9}, simulator(cards_with_error(0, 0)));
  ASSERT_FALSE(result.intervals.empty());
  for (const spec::Interval& interval : result.intervals) {
    EXPECT_EQ(interval.low, interval.high) << interval.metric;
  }
  EXPECT_EQ(interval_of(result, "mean_tpot_ms").low, result.metrics.tpot.mean);
  EXPECT_EQ(result.replication->truncated_share, 0);
}

// The host takes 1 ms a step, and next to nothing else takes any time: TPOT is 1 ms · exp(e). With
// a mean error of 10 % σ is 0.1253, and 9 in 10 of the draws lie within 1.645 σ: 0.81 to 1.23 ms.
// Each end of 400 replicates is known to about √(0.05 · 0.95/400)/0.103/σ = 0.106 σ, or 0.013.
TEST(Intervals, AreAsWideAsTheCardsErrorSays) {
  const auto result =
      replicate(test::tiny_run(4, 10, 5), {400, 0.9}, simulator(cards_with_error(0, 0.1)));
  EXPECT_NEAR(result.metrics.tpot.mean, 1, 0.01);
  const double sigma = 0.1 * std::sqrt(std::acos(-1) / 2);
  const spec::Interval& tpot = interval_of(result, "mean_tpot_ms");
  EXPECT_NEAR(tpot.low, std::exp(-1.645 * sigma), 4 * 0.013);
  EXPECT_NEAR(tpot.high, std::exp(1.645 * sigma), 4 * 0.013);
}

TEST(Intervals, AreTheSameForAnyNumberOfJobs) {
  const auto cards = cards_with_error(0.1, 0.2);
  const auto one = replicate(poisson_run(), {20, 0.9}, simulator(cards, 1));
  const auto five = replicate(poisson_run(), {20, 0.9}, simulator(cards, 5));
  ASSERT_EQ(one.intervals.size(), five.intervals.size());
  for (std::size_t i = 0; i < one.intervals.size(); ++i) {
    EXPECT_EQ(one.intervals[i].low, five.intervals[i].low) << one.intervals[i].metric;
    EXPECT_EQ(one.intervals[i].high, five.intervals[i].high) << one.intervals[i].metric;
  }
}

// The base run is the run without them, to the bit.
TEST(Intervals, LeaveTheRunItselfAlone) {
  const auto cards = cards_with_error(0.1, 0.2);
  const auto with = replicate(poisson_run(), {20, 0.9}, simulator(cards));
  const auto without = simulator(cards)({poisson_run()}).front();
  EXPECT_EQ(with.metrics.duration, without.metrics.duration);
  EXPECT_EQ(with.metrics.ttft.mean, without.metrics.ttft.mean);
  EXPECT_EQ(with.metrics.time_in, without.metrics.time_in);
}

// How far the upper end moves from one seed to another.
double noise_of_upper_end(std::int64_t replicates) {
  const auto simulate = simulator(cards_with_error(0, 0.1));
  double sum = 0;
  double squares = 0;
  constexpr int kSeeds = 12;
  for (int seed = 0; seed < kSeeds; ++seed) {
    spec::RunSpec run = test::tiny_run(2, 10, 3);
    run.seed = static_cast<std::uint64_t>(seed);
    const double high =
        interval_of(replicate(run, {replicates, 0.9}, simulate), "mean_tpot_ms").high;
    sum += high;
    squares += high * high;
  }
  return std::sqrt(squares / kSeeds - sum * sum / kSeeds / kSeeds);
}

// A quantile's noise falls with the root of the sample: 16 times as many, a quarter of it.
TEST(Intervals, AreLessNoisyWithMoreReplicates) {
  EXPECT_LT(noise_of_upper_end(320), 0.6 * noise_of_upper_end(20));
}

}  // namespace
}  // namespace kvsim::plan
