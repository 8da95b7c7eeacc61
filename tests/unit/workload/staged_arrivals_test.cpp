#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/base/diagnostic.hpp"
#include "sim/workload/arrivals.hpp"
#include "sim/workload/request_source.hpp"
#include "trace_file.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

using spec::ArrivalProcess;
using spec::StageGaps;

spec::RateStage stage(double rate, double seconds) {
  return {PerSecond(rate), to_duration(Seconds(seconds))};
}

spec::ArrivalSpec staged(std::vector<spec::RateStage> stages, StageGaps gaps = StageGaps::Poisson) {
  spec::ArrivalSpec spec;
  spec.process = ArrivalProcess::Stages;
  spec.stages = std::move(stages);
  spec.gaps = gaps;
  return spec;
}

std::vector<SimTime> all(const spec::ArrivalSpec& spec, std::uint64_t seed = 1) {
  ArrivalTimes times(spec, seed);
  std::vector<SimTime> instants;
  while (const auto instant = times.next()) {
    instants.push_back(*instant);
  }
  return instants;
}

std::int64_t between(const std::vector<SimTime>& instants, double begin, double end) {
  return std::count_if(instants.begin(), instants.end(), [&](SimTime instant) {
    return seconds_of(instant) >= begin && seconds_of(instant) < end;
  });
}

// Poisson counts of 20 000, 0 and 80 000: standard deviations 141 and 283.
TEST(StagedArrivals, PoissonCountsFollowTheRates) {
  const auto instants = all(staged({stage(2, 10'000), stage(0, 5'000), stage(8, 10'000)}));
  EXPECT_NEAR(static_cast<double>(between(instants, 0, 10'000)), 20'000, 4 * 141);
  EXPECT_EQ(between(instants, 10'000, 15'000), 0);
  EXPECT_NEAR(static_cast<double>(between(instants, 15'000, 25'000)), 80'000, 4 * 283);
  EXPECT_TRUE(std::is_sorted(instants.begin(), instants.end()));
}

TEST(StagedArrivals, OneStageIsThePoissonProcessDrawForDraw) {
  const auto instants = all(staged({stage(4, 100)}));
  ArrivalTimes plain(arrivals(ArrivalProcess::Poisson, 4), 1);
  for (const SimTime instant : instants) {
    ASSERT_EQ(instant, *plain.next());
  }
  EXPECT_GT(seconds_of(*plain.next()), 100);
}

// The change of time: a stage cut in two is the same process, to the rounding of doubles.
TEST(StagedArrivals, AStageInTwoPiecesIsTheSameStage) {
  const auto whole = all(staged({stage(4, 100)}));
  const auto pieces = all(staged({stage(4, 33), stage(4, 67)}));
  ASSERT_EQ(whole.size(), pieces.size());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_NEAR(seconds_of(whole[i]), seconds_of(pieces[i]), 1e-9);
  }
}

// Common random numbers: with twice the rates over half the time, the same arrivals, stretched.
RC_GTEST_PROP(StagedArrivals, OtherRatesOnlyStretchTheSameArrivals, ()) {
  const auto gaps = *rc::gen::element(StageGaps::Poisson, StageGaps::Counted, StageGaps::Constant);
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto slow = all(staged({stage(0.75, 40), stage(3, 20)}, gaps), seed);
  const auto fast = all(staged({stage(1.5, 20), stage(6, 10)}, gaps), seed);
  RC_ASSERT(slow.size() == fast.size());
  for (std::size_t i = 0; i < slow.size(); ++i) {
    RC_ASSERT(std::abs(seconds_of(slow[i]) - 2 * seconds_of(fast[i])) < 1e-9);
  }
}

// inference-perf: int(rate · duration) requests, the last one at the end of its stage.
TEST(StagedArrivals, CountedStagesSendExactlyTheirNumber) {
  const auto instants = all(staged({stage(0.1, 30), stage(7, 60)}, StageGaps::Counted));
  ASSERT_EQ(instants.size(), 3U + 420U);
  EXPECT_NEAR(seconds_of(instants[2]), 30, 1e-9);
  EXPECT_NEAR(seconds_of(instants.back()), 90, 1e-9);
  EXPECT_GT(instants[3], instants[2]);
}

// n points that are Poisson given their number: of the gaps, standard deviation = mean.
TEST(StagedArrivals, CountedGapsVaryLikePoissonGaps) {
  const auto instants = all(staged({stage(10, 10'000)}, StageGaps::Counted));
  double squares = 0;
  SimTime before;
  for (const SimTime instant : instants) {
    const double gap = to_seconds(instant - before).value();
    squares += (gap - 0.1) * (gap - 0.1);
    before = instant;
  }
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(instants.size())) / 0.1, 1, 0.015);
}

TEST(StagedArrivals, ConstantStagesAreEvenAndBeginAfresh) {
  const auto instants = all(staged({stage(2, 1.25), stage(4, 0.5)}, StageGaps::Constant));
  std::vector<double> seconds;
  std::transform(instants.begin(), instants.end(), std::back_inserter(seconds), seconds_of);
  EXPECT_EQ(seconds, (std::vector<double>{0.5, 1.0, 1.5, 1.75}));
}

TEST(StagedArrivals, EndTheWorkloadUnlessNumRequestsComesFirst) {
  spec::WorkloadSpec workload = chat(1, 1);
  workload.arrivals = staged({stage(10, 10)}, StageGaps::Constant);
  workload.num_requests.reset();
  EXPECT_EQ(all_of(workload).size(), 100U);
  workload.num_requests = 7;
  EXPECT_EQ(all_of(workload).size(), 7U);
}

TEST(StagedArrivals, EndATraceOfLengths) {
  const TraceFile file("prompt_tokens,output_tokens\n1,1\n2,2\n3,3\n");
  spec::WorkloadSpec workload = file.csv();
  workload.arrivals = staged({stage(2, 1)}, StageGaps::Constant);
  EXPECT_EQ(all_of(workload).size(), 2U);
}

TEST(StagedArrivals, RefuseWhatCannotBeSimulated) {
  spec::WorkloadSpec workload = chat(1, 1);
  workload.arrivals = staged({stage(1e-9, 10), stage(1, 2e8)});
  try {
    static_cast<void>(make_source(workload, 1));
    FAIL() << "not refused";
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(),
                 "error: a request rate of 1e-09/s cannot be simulated "
                 "[workload.arrivals.stages[0].request_rate]\n"
                 "    note: rates from 1e-6/s to 1e12/s can; a pause: 0/s\n"
                 "error: stages that last 2e+08 s cannot be simulated "
                 "[workload.arrivals.stages]\n"
                 "    note: stages of up to 1e8 s in all can\n");
  }
}

}  // namespace
}  // namespace kvsim::workload
