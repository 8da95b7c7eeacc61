// How many replicas each hour takes.
#include "sim/plan/by_hour.hpp"

#include <gtest/gtest.h>

#include "shapes.hpp"

namespace kvsim::plan {
namespace {

// Steps of 1 ms, 20 tokens an answer, one sequence at a time: a replica serves 50/s at most.
spec::PlanAnswer answer_of(std::vector<spec::RateStage> stages) {
  spec::PlanAnswer answer;
  answer.plan.max_gpus = 8;
  answer.plan.max_requests = 4000;
  spec::RunSpec run = test::tiny_run(1, 10, 20);
  run.engine.max_num_seqs = 1;
  run.workload.num_requests.reset();
  run.workload.arrivals->process = spec::ArrivalProcess::Stages;
  run.workload.arrivals->stages = std::move(stages);
  run.slo.ttft = spec::LatencyLimit{};
  run.slo.ttft->p90 = to_duration(Seconds(0.2));
  run.cluster.replicas = 3;
  answer.run = run;
  return answer;
}

Duration hours(double count) { return to_duration(Seconds(3600 * count)); }

// 1/s needs one replica. 80/s needs two at least, and 160 % of one.
TEST(ByHour, FollowsTheRateInWindowsOfAnHour) {
  spec::PlanAnswer answer = answer_of({{PerSecond(1), hours(3)}, {PerSecond(80), hours(1.01)}});
  add_hours(answer, test::millisecond_steps(), {});
  ASSERT_TRUE(answer.hours);
  EXPECT_EQ(answer.hours->window, hours(1));
  ASSERT_EQ(answer.hours->hours.size(), 5U);
  EXPECT_EQ(answer.hours->hours[0].replicas, 1);
  EXPECT_EQ(answer.hours->hours[2].replicas, 1);
  EXPECT_GE(answer.hours->hours[3].replicas, 2);
  EXPECT_EQ(answer.hours->hours[3].start, hours(3));
}

TEST(ByHour, IsNotAskedOfASteadyRate) {
  spec::PlanAnswer answer = answer_of({});
  answer.run->workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(1), 1};
  add_hours(answer, test::millisecond_steps(), {});
  EXPECT_FALSE(answer.hours);
}

}  // namespace
}  // namespace kvsim::plan
