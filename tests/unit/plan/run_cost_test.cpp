// What remains of a study, from what is known so far.
#include "sim/plan/run_cost.hpp"

#include <gtest/gtest.h>

#include "shapes.hpp"

namespace kvsim::plan {
namespace {

using Costs = std::vector<std::optional<RunCost>>;

// 20 requests · 5 tokens · 25 ns.
TEST(RunCost, IsRequestsTimesTheMeanOutput) {
  const auto cost = expected_cost(test::tiny_run(20, 10, 5));
  ASSERT_TRUE(cost);
  EXPECT_EQ(cost->requests, 20);
  EXPECT_NEAR(cost->seconds, 20 * 5 * 25e-9, 1e-12);
}

TEST(RunCost, OfATraceIsNotKnown) {
  spec::RunSpec run = test::tiny_run(20, 10, 5);
  run.workload.num_requests.reset();
  run.workload.trace = "trace.csv";
  EXPECT_FALSE(expected_cost(run));
}

// Two runs, expected at 1 s and 100 s, nothing done: 101 s of work for two, but the longer of them
// takes 100 s whoever helps.
TEST(TimeToGo, IsAtLeastTheLongest) {
  const TimeToGo remaining(Costs{RunCost{10, 1}, RunCost{10, 100}}, 0, 2);
  EXPECT_DOUBLE_EQ(remaining.seconds().value(), 100);
}

// The first took three times what was expected; so will the other: 300 s.
TEST(TimeToGo, LearnsFromWhatIsFinished) {
  TimeToGo remaining(Costs{RunCost{10, 1}, RunCost{10, 100}}, 0, 1);
  remaining.finished(0, 3);
  EXPECT_DOUBLE_EQ(remaining.seconds().value(), 300);
}

// A quarter of its requests after 5 s: 20 s in all, 15 s to go. The other was expected to take ten
// times as long as this one: 200 s.
TEST(TimeToGo, ProjectsWhatIsRunning) {
  TimeToGo remaining(Costs{RunCost{1000, 2}, RunCost{10, 20}}, 0, 1);
  remaining.running(0, 250, 5);
  EXPECT_DOUBLE_EQ(remaining.seconds().value(), 15 + 200);
}

// Run 1 took 40 s, so its two replicates take 80 s; run 0 took 1 s, and its replicates 2 s.
TEST(TimeToGo, TakesAReplicateForAsLongAsItsRun) {
  TimeToGo remaining(Costs{RunCost{10, 1}, RunCost{10, 1}}, 2, 1);
  remaining.finished(0, 1);
  remaining.finished(1, 40);
  EXPECT_DOUBLE_EQ(remaining.seconds().value(), 82);
}

TEST(TimeToGo, OfTracesIsUnknownUntilOneIsThrough) {
  TimeToGo remaining(Costs{std::nullopt, std::nullopt, std::nullopt}, 0, 2);
  EXPECT_FALSE(remaining.seconds());
  remaining.running(0, 1000, 2);
  EXPECT_FALSE(remaining.seconds());
  remaining.finished(0, 4);
  EXPECT_DOUBLE_EQ(remaining.seconds().value(), 4);  // two of 4 s each, for two workers
}

TEST(TimeToGo, IsNothingWhenAllIsDone) {
  TimeToGo remaining(Costs{std::nullopt}, 0, 1);
  remaining.finished(0, 4);
  EXPECT_EQ(remaining.seconds().value(), 0);
}

}  // namespace
}  // namespace kvsim::plan
