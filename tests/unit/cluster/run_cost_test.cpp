// What a run costs, against the computation on paper.
#include "sim/cluster/run_cost.hpp"

#include <gtest/gtest.h>

#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/cluster/simulate.hpp"

namespace kvsim::cluster {
namespace {

Duration seconds(double value) { return to_duration(Seconds(value)); }

// An hour of 2 replicas of 4 GPUs: 7200 replica-seconds, 1800 of them idle, 1350 of prompts.
spec::RunResult an_hour() {
  spec::RunResult run;
  run.spec.cluster.gpu.name = "h100-sxm";
  run.spec.cluster.replicas = 2;
  run.spec.engine.tensor_parallel_size = 4;
  run.spec.price = spec::GpuPrice{2.5, "EUR", "2026-11-01"};
  run.metrics.duration = seconds(3600);
  run.metrics.time_in[static_cast<std::size_t>(spec::TimeBucket::Weights)] = seconds(5400);
  run.metrics.time_in[static_cast<std::size_t>(spec::TimeBucket::Idle)] = seconds(1800);
  run.metrics.prompt_time = seconds(1350);
  run.metrics.total_input_tokens = 8'000'000;
  run.metrics.prefix_cache_hits = 4'000'000;
  run.metrics.total_output_tokens = 2'000'000;
  return run;
}

spec::CostReport cost_of(const spec::RunResult& run) { return cost_report(run.spec, run.metrics); }

// 8 GPUs · 1 h · 2.50 = 20.00, idle or not. Over 2 M output tokens 10.00 a million, over 8 M input
// tokens 2.50, over all 10 M 2.00.
TEST(RunCost, IsTheHourOfAllGpusOverTheTokens) {
  const spec::CostReport cost = cost_of(an_hour());
  EXPECT_EQ(cost.gpus, 8);
  EXPECT_DOUBLE_EQ(cost.gpu_hours, 8);
  ASSERT_TRUE(cost.bill);
  EXPECT_DOUBLE_EQ(cost.bill->per_hour, 20);
  EXPECT_DOUBLE_EQ(cost.bill->total, 20);
  EXPECT_DOUBLE_EQ(*cost.bill->per_million_output, 10);
  EXPECT_DOUBLE_EQ(*cost.bill->per_million_input, 2.5);
  EXPECT_DOUBLE_EQ(*cost.bill->per_million_all, 2);
  EXPECT_EQ(cost.bill->price.currency, "EUR");
}

// Prompts had 1350 of 5400 busy seconds: 5.00 of 20.00 over the 4 M tokens that were computed, 1.25
// a million; answers 15.00 over 2 M: 7.50. The two make the bill whole: 4 · 1.25 + 2 · 7.50 = 20.
// The 4 M tokens found would have cost 4 · 1.25 = 5.00.
TEST(RunCost, IsSharedByTheTimeThatTokensTook) {
  const spec::Bill bill = *cost_of(an_hour()).bill;
  EXPECT_DOUBLE_EQ(*bill.per_million_computed_input, 1.25);
  EXPECT_DOUBLE_EQ(*bill.per_million_answered, 7.5);
  EXPECT_DOUBLE_EQ(bill.saved_by_cache, 5);
}

TEST(RunCost, WithoutAPriceThereIsNoBill) {
  spec::RunResult run = an_hour();
  run.spec.price.reset();
  EXPECT_FALSE(cost_of(run).bill);
  EXPECT_EQ(cost_of(run).gpus, 8);
}

// 4 GPUs · 700 W · 5400 s = 15.12 MJ; over 2 M output tokens 7.56 J, over 10 M tokens 1.512 J; a
// GPU draws 15.12 MJ / (8 · 3600 s) = 525 W on average.
TEST(RunCost, EnergyIsBusyTimeAtTdp) {
  spec::RunResult run = an_hour();
  EXPECT_FALSE(cost_of(run).energy);
  run.spec.cluster.gpu.tdp = Watts(700);
  const spec::EnergyReport energy = *cost_of(run).energy;
  EXPECT_DOUBLE_EQ(energy.joules, 15.12e6);
  EXPECT_DOUBLE_EQ(*energy.joules_per_output_token, 7.56);
  EXPECT_DOUBLE_EQ(*energy.joules_per_token, 1.512);
  EXPECT_DOUBLE_EQ(energy.mean_watts, 525);
  EXPECT_FALSE(energy.idle_counted);
  EXPECT_EQ(energy.provenance, spec::Provenance::Datasheet);
}

// 1800 s of a replica's 4 GPUs at 100 W are 0.72 MJ more.
TEST(RunCost, IdleTimeTakesTheIdlePowerWhereOneIsKnown) {
  spec::RunResult run = an_hour();
  run.spec.cluster.gpu.tdp = Watts(700);
  run.spec.cluster.gpu.idle_power = Watts(100);
  const spec::EnergyReport energy = *cost_of(run).energy;
  EXPECT_DOUBLE_EQ(energy.joules, 15.84e6);
  EXPECT_TRUE(energy.idle_counted);
}

TEST(RunCost, ARunThatServedNobodyHasNoPricePerToken) {
  spec::RunResult run = an_hour();
  run.metrics = {};
  run.spec.cluster.gpu.tdp = Watts(700);
  const spec::CostReport cost = cost_of(run);
  EXPECT_EQ(cost.bill->total, 0);
  EXPECT_FALSE(cost.bill->per_million_output);
  EXPECT_FALSE(cost.bill->per_million_computed_input);
  EXPECT_FALSE(cost.energy->joules_per_token);
  EXPECT_EQ(cost.energy->mean_watts, 0);
}

// Every step takes 1 ms on the host, and little more. One request of 10 prompt and 3 output tokens:
// one step of prompt, two of answers, so prompts took 1 ms of 3, and each stepper says the same.
TEST(RunCost, AStepOfPromptsAloneIsTheirs) {
  const spec::RunSpec run = test::tiny_run(1, 10, 3);
  Observer nobody;
  const spec::RunResult result = simulate(run, test::millisecond_steps(), nobody);
  EXPECT_NEAR(to_seconds(result.metrics.prompt_time).value(), 0.001, 1e-4);
  const auto by_step = simulate(run, test::millisecond_steps(), nobody, engine::Stepper::Step);
  EXPECT_EQ(result.metrics.prompt_time, by_step.metrics.prompt_time);
  ASSERT_TRUE(result.cost);
  EXPECT_FALSE(result.cost->bill);
}

}  // namespace
}  // namespace kvsim::cluster
