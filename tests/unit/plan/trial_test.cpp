// Does a run keep its limits, and when is that sure?
#include "sim/plan/trial.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "shapes.hpp"
#include "sim/base/check.hpp"
#include "sim/cluster/simulate.hpp"

namespace kvsim::plan {
namespace {

constexpr Duration milliseconds(std::int64_t ms) {
  return Duration(kAttosecondsPerMillisecond) * ms;
}

// A server of one seat with steps of 1 ms: answers of 10 tokens take 10 ms each, M/D/1.
spec::RunSpec one_seat(double per_second) {
  spec::RunSpec run = test::tiny_run(20, 1, 10);
  run.engine.max_num_seqs = 1;
  run.engine.async_scheduling = false;
  run.workload.arrivals =
      spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(per_second), 1};
  return run;
}

spec::LatencyLimit p99(Duration limit) {
  spec::LatencyLimit limits;
  limits.p99 = limit;
  return limits;
}

spec::LatencyLimit mean(Duration limit) {
  spec::LatencyLimit limits;
  limits.mean = limit;
  return limits;
}

Trial trial_of(const spec::RunSpec& run, const TrialOptions& options = {}) {
  return try_run(run, test::millisecond_steps(), options);
}

// An answer takes 10 ms and 1 ms a token, always: nothing to be unsure of.
TEST(Trial, OfCertaintyIsDecidedAtOnce) {
  spec::RunSpec run = one_seat(20);
  run.slo.tpot = p99(milliseconds(2));
  const Trial trial = trial_of(run);
  ASSERT_EQ(trial.limits.size(), 1U);
  EXPECT_EQ(trial.limits[0].metric, "p99_tpot_ms");
  EXPECT_EQ(trial.limits[0].limit_ms, 2);
  EXPECT_NEAR(trial.limits[0].value_ms, 1, 1e-3);
  EXPECT_EQ(trial.limits[0].verdict, Verdict::Met);
  EXPECT_TRUE(trial.meets());
  EXPECT_TRUE(trial.sure());
  EXPECT_EQ(trial.simulations, 1);
  EXPECT_EQ(trial.simulated_requests, 4000);
}

TEST(Trial, ChecksEveryStatisticInTheSlosOrder) {
  spec::RunSpec run = one_seat(20);
  const Duration second = milliseconds(1000);
  run.slo.ttft = spec::LatencyLimit{second, second, second, second, second};
  run.slo.e2el = mean(second);
  run.slo.e2el->p90 = second;
  std::vector<std::string> names;
  for (const LimitCheck& check : trial_of(run).limits) {
    names.push_back(check.metric);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"mean_ttft_ms", "median_ttft_ms", "p90_ttft_ms",
                                             "p95_ttft_ms", "p99_ttft_ms", "mean_e2el_ms",
                                             "p90_e2el_ms"}));
}

// M/D/1 at 0.5 waits 5 ms on average, a stay is 15 ms: 10 ms is missed and 30 ms is met at once,
// while 15.1 ms takes a longer run.
TEST(Trial, GoesOnUntilItIsSure) {
  spec::RunSpec run = one_seat(50);
  run.slo.e2el = mean(milliseconds(10));
  EXPECT_EQ(trial_of(run).limits[0].verdict, Verdict::Missed);
  EXPECT_FALSE(trial_of(run).meets());
  EXPECT_EQ(trial_of(run).simulations, 1);
  run.slo.e2el->mean = milliseconds(30);
  EXPECT_EQ(trial_of(run).limits[0].verdict, Verdict::Met);
  EXPECT_EQ(trial_of(run).simulations, 1);
  run.slo.e2el->mean = Duration(kAttosecondsPerMillisecond * 151 / 10);
  TrialOptions options;
  options.precision = 0.005;
  options.most_requests = 64000;
  const Trial close = trial_of(run, options);
  EXPECT_GT(close.simulations, 1);
  EXPECT_NEAR(close.limits[0].value_ms, 15, 0.3);
  EXPECT_LE(close.limits[0].low_ms, close.limits[0].value_ms);
  EXPECT_GE(close.limits[0].high_ms, close.limits[0].value_ms);
}

// An undecided limit whose interval is narrow enough ends the trial: 4000 + 8000 + ... requests.
TEST(Trial, StopsAtThePrecisionAsked) {
  spec::RunSpec run = one_seat(50);
  run.slo.e2el = mean(milliseconds(15));
  TrialOptions options;
  options.precision = 0.02;
  const Trial trial = trial_of(run, options);
  const LimitCheck& check = trial.limits[0];
  EXPECT_TRUE(check.verdict != Verdict::Undecided ||
              check.high_ms - check.low_ms <= 2 * 0.02 * check.value_ms);
  const std::int64_t all = (std::int64_t{1} << trial.simulations) - 1;
  EXPECT_EQ(trial.simulated_requests, 4000 * all);
  EXPECT_EQ(*trial.result.spec.workload.num_requests, 4000 << (trial.simulations - 1));
}

TEST(Trial, NeverTakesMoreThanTheMost) {
  spec::RunSpec run = one_seat(50);
  run.slo.e2el = mean(milliseconds(15));
  const Trial trial = trial_of(run, {0.95, 0, 1000, 3000});
  EXPECT_EQ(trial.simulations, 3);
  EXPECT_EQ(trial.simulated_requests, 1000 + 2000 + 3000);
}

// 125 requests/s for a server of 100: the queue grows, and no p99 means anything.
TEST(Trial, EndsAtOnceWhereTheQueueGrows) {
  spec::RunSpec run = one_seat(125);
  run.slo.ttft = p99(milliseconds(1'000'000));
  const Trial trial = trial_of(run);
  EXPECT_TRUE(trial.overloaded());
  EXPECT_FALSE(trial.meets());
  EXPECT_TRUE(trial.sure());
  EXPECT_EQ(trial.simulations, 1);
  EXPECT_EQ(trial.limits[0].verdict, Verdict::Undecided);
  EXPECT_EQ(trial.limits[0].low_ms, 0);
  EXPECT_TRUE(std::isinf(trial.limits[0].high_ms));
}

// Twenty at once, 10 ms each: the first token of the last comes after 191 ms. That is the story;
// there is no other, so the mean of 1, 11, ..., 191 ms is exact.
TEST(Trial, TellsAFiniteStoryOnceAndExactly) {
  spec::RunSpec run = one_seat(50);
  run.workload.arrivals->process = spec::ArrivalProcess::AllAtOnce;
  run.slo.ttft = mean(milliseconds(97));
  const Trial trial = trial_of(run);
  EXPECT_EQ(trial.simulated_requests, 20);
  EXPECT_EQ(trial.judged_requests, 20);
  EXPECT_EQ(trial.warm_up_requests, 0);
  EXPECT_EQ(trial.batches, 0);
  EXPECT_NEAR(trial.limits[0].value_ms, 96, 0.02);
  EXPECT_EQ(trial.limits[0].low_ms, trial.limits[0].high_ms);
  EXPECT_TRUE(trial.meets());
  EXPECT_TRUE(trial.sure());
}

// 500 clients for a server of one seat: each waits for 499 others, 5 s in all.
TEST(Trial, GivesEachClientOfAClosedLoopItsTurns) {
  spec::RunSpec run = one_seat(50);
  run.workload.arrivals.reset();
  run.workload.closed_loop = spec::ClosedLoopSpec{500};
  run.slo.e2el = mean(milliseconds(5100));
  const Trial trial = trial_of(run);
  EXPECT_EQ(trial.simulated_requests, 5000);
  EXPECT_NEAR(trial.limits[0].value_ms, 5000, 20);
  EXPECT_TRUE(trial.meets());
  EXPECT_TRUE(trial.sure());
}

// A prompt that never fits is an answer: no longer run makes it fit.
TEST(Trial, MeetsNothingWhereARequestIsRefused) {
  spec::RunSpec run = one_seat(20);
  run.workload.lengths->prompt = test::fixed(5000);  // max_model_len is 4096
  run.slo.tpot = p99(milliseconds(2));
  const Trial trial = trial_of(run);
  EXPECT_FALSE(trial.meets());
  EXPECT_TRUE(trial.sure());
  EXPECT_EQ(trial.simulations, 1);
}

TEST(Trial, WithoutLimitsIsSureOfThem) {
  const Trial trial = trial_of(one_seat(20));
  EXPECT_TRUE(trial.limits.empty());
  EXPECT_TRUE(trial.meets());
  EXPECT_TRUE(trial.sure());
}

// Answers of one token have no TPOT, and keep any limit on it.
TEST(Trial, OfSingleTokensKeepsLimitsOnTpot) {
  spec::RunSpec run = one_seat(20);
  run.workload.lengths->output = test::fixed(1);
  run.slo.tpot = p99(milliseconds(2));
  EXPECT_EQ(trial_of(run).limits[0].verdict, Verdict::Met);
}

TEST(Trial, IsStoppedByWhoeverAsksItTo) {
  EXPECT_THROW(
      static_cast<void>(try_run(one_seat(20), test::millisecond_steps(), {}, [] { return false; })),
      cluster::Interrupted);
}

TEST(Trial, GivesTheSameAnswerTwice) {
  spec::RunSpec run = one_seat(80);
  run.slo.ttft = p99(milliseconds(100));
  const Trial one = trial_of(run);
  const Trial two = trial_of(run);
  EXPECT_EQ(one.limits[0].value_ms, two.limits[0].value_ms);
  EXPECT_EQ(one.limits[0].high_ms, two.limits[0].high_ms);
  EXPECT_EQ(one.simulated_requests, two.simulated_requests);
}

TEST(Trial, RefusesOptionsWithoutSense) {
  EXPECT_THROW(static_cast<void>(trial_of(one_seat(20), {1, 0.05, 10, 100})), InternalError);
  EXPECT_THROW(static_cast<void>(trial_of(one_seat(20), {0.95, 0.05, 1000, 100})), InternalError);
}

}  // namespace
}  // namespace kvsim::plan
