// The same run with more or less to do.
#include "sim/plan/scaled_load.hpp"

#include <gtest/gtest.h>

#include "shapes.hpp"

namespace kvsim::plan {
namespace {

TEST(Load, OfSteadyArrivalsIsTheirRate) {
  spec::RunSpec run = test::tiny_run(10, 5, 5);
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(4), 1};
  EXPECT_EQ(with_load(run, 1.5)->workload.arrivals->request_rate, PerSecond(6));
}

TEST(Load, OfStagesIsEveryRate) {
  spec::RunSpec run = test::tiny_run(10, 5, 5);
  run.workload.arrivals->process = spec::ArrivalProcess::Stages;
  run.workload.arrivals->request_rate = PerSecond(3);
  run.workload.arrivals->stages = {{PerSecond(2), to_duration(Seconds(1))},
                                   {PerSecond(4), to_duration(Seconds(1))}};
  const auto more = with_load(run, 2);
  EXPECT_EQ(more->workload.arrivals->stages[0].request_rate, PerSecond(4));
  EXPECT_EQ(more->workload.arrivals->stages[1].request_rate, PerSecond(8));
  EXPECT_EQ(more->workload.arrivals->request_rate, PerSecond(6));
}

TEST(Load, OfAClosedLoopIsItsClients) {
  spec::RunSpec run = test::tiny_run(10, 5, 5);
  run.workload.arrivals.reset();
  run.workload.closed_loop = spec::ClosedLoopSpec{10};
  EXPECT_EQ(with_load(run, 1.25)->workload.closed_loop->max_concurrency, 13);  // 12.5 rounded
  EXPECT_EQ(with_load(run, 0.01)->workload.closed_loop->max_concurrency, 1);
}

TEST(Load, OfATraceIsItsPace) {
  spec::RunSpec run = test::tiny_run(10, 5, 5);
  run.workload.arrivals.reset();
  run.workload.trace = "trace.csv";
  run.workload.speedup = 2;
  EXPECT_EQ(with_load(run, 1.5)->workload.speedup, 3);
}

// request_rate stands in place of speedup: a factor on the other would be lost.
TEST(Load, OfATraceAtARateOfItsOwnIsThatRate) {
  spec::RunSpec run = test::tiny_run(10, 5, 5);
  run.workload.arrivals.reset();
  run.workload.trace = "trace.csv";
  run.workload.request_rate = PerSecond(10);
  const auto more = with_load(run, 1.5);
  EXPECT_EQ(more->workload.request_rate, PerSecond(15));
  EXPECT_EQ(more->workload.speedup, 1);
}

TEST(Load, OfEverythingAtOnceCannotBeScaled) {
  EXPECT_FALSE(with_load(test::tiny_run(10, 5, 5), 2));
}

TEST(Lengths, AreScaledByTheirParameters) {
  spec::RunSpec run = test::tiny_run(10, 100, 5);
  run.workload.lengths->output.kind = spec::LengthKind::Lognormal;
  run.workload.lengths->output.lognormal = {200, 600, {}};
  const auto longer = with_lengths(run, 1.2);
  EXPECT_EQ(longer->workload.lengths->prompt.fixed, 120);
  EXPECT_DOUBLE_EQ(longer->workload.lengths->output.lognormal.mean, 240);
  EXPECT_DOUBLE_EQ(*longer->workload.lengths->output.lognormal.p99, 720);
  EXPECT_EQ(with_lengths(run, 0.001)->workload.lengths->prompt.fixed, 1);  // never none
}

TEST(Lengths, OfATraceStayAsTheyAre) {
  spec::RunSpec run = test::tiny_run(10, 5, 5);
  run.workload.lengths.reset();
  run.workload.trace = "trace.csv";
  EXPECT_FALSE(with_lengths(run, 1.2));
}

}  // namespace
}  // namespace kvsim::plan
