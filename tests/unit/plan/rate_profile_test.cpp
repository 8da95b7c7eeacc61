// What is asked over time.
#include "sim/plan/rate_profile.hpp"

#include <gtest/gtest.h>

#include "shapes.hpp"
#include "sim/base/check.hpp"
#include "tests/unit/plan/seconds.hpp"

namespace kvsim::plan {
namespace {

spec::RunSpec staged(std::vector<spec::RateStage> stages) {
  spec::RunSpec run = test::tiny_run(1, 10, 5);
  run.workload.num_requests.reset();
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Stages, PerSecond(0), 1};
  run.workload.arrivals->stages = std::move(stages);
  run.workload.arrivals->gaps = spec::StageGaps::Constant;
  return run;
}

// Evenly spaced: 2/s for 10 s, nothing for 20 s, 5/s for 10 s. Request j of a stage comes at its
// begin + (j + 1) / rate, so the last of each falls on the end and belongs to the next window.
TEST(RateProfile, CountsTheRequestsOfEachWindow) {
  const auto windows = rate_profile(
      staged(
          {{PerSecond(2), seconds(10)}, {PerSecond(0), seconds(20)}, {PerSecond(5), seconds(10)}}),
      seconds(10));
  ASSERT_EQ(windows.size(), 5U);
  EXPECT_EQ(windows[0].requests, 19);
  EXPECT_EQ(windows[1].requests, 1);
  EXPECT_EQ(windows[2].requests, 0);
  EXPECT_EQ(windows[3].requests, 49);
  EXPECT_EQ(windows[4].requests, 1);
  EXPECT_EQ(windows[3].start, seconds(30));
  EXPECT_DOUBLE_EQ(windows[3].rate, 4.9);
  EXPECT_EQ(windows[3].prompt_tokens, 490);
  EXPECT_EQ(windows[3].output_tokens, 245);
}

// 70 requests in 5 windows of 10 s: 1.4/s; the peak is 4.9/s from 30 s on.
TEST(RateProfile, HasAMeanAndAPeak) {
  const auto offered = offered_rate(rate_profile(staged({{PerSecond(2), seconds(10)},
                                                         {PerSecond(0), seconds(20)},
                                                         {PerSecond(5), seconds(10)}}),
                                                 seconds(10)),
                                    seconds(10));
  EXPECT_DOUBLE_EQ(offered.mean_rate, 1.4);
  EXPECT_DOUBLE_EQ(offered.peak_rate, 4.9);
  EXPECT_EQ(offered.peak_start, seconds(30));
}

TEST(RateProfile, AClosedLoopOffersNoRate) {
  spec::RunSpec run = test::tiny_run(5, 10, 5);
  run.workload.arrivals.reset();
  run.workload.closed_loop = spec::ClosedLoopSpec{2};
  EXPECT_TRUE(rate_profile(run, seconds(1)).empty());
  EXPECT_FALSE(rate_varies(run.workload));
}

TEST(RateProfile, OnlyRatesThatVaryByThemselvesAreReported) {
  spec::RunSpec run = test::tiny_run(50, 10, 5);
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(1), 1};
  EXPECT_FALSE(offered_rate(run, seconds(50)));
  run.workload.arrivals->process = spec::ArrivalProcess::Sine;
  run.workload.arrivals->sine = {0.5, seconds(40), {}};
  ASSERT_TRUE(offered_rate(run, seconds(50)));
  EXPECT_EQ(offered_rate(run, seconds(50))->window, seconds(10));  // 50 s hold four windows of 10 s
}

TEST(RateProfile, NeedsAWindow) {
  EXPECT_THROW((void)rate_profile(staged({{PerSecond(1), seconds(5)}}), Duration()), InternalError);
}

}  // namespace
}  // namespace kvsim::plan
