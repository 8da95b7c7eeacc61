// Reasons to leave a layout out unseen: each worked out on paper.
#include "sim/plan/layout_bound.hpp"

#include <gtest/gtest.h>

#include "shapes.hpp"
#include "sim/plan/levels.hpp"

namespace kvsim::plan {
namespace {

spec::RunSpec llama_run(std::int64_t prompt, std::int64_t output, double rate) {
  spec::RunSpec run = test::tiny_run(100, prompt, output);
  run.model = test::llama_8b();
  run.engine.max_num_seqs = 100;
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Constant, PerSecond(rate), 1};
  return run;
}

LayoutBound bound_of(const spec::RunSpec& run) {
  return layout_bound(run, test::round_cards(), demand_of(run));
}

// Decode steps of an output of 101 tokens attend to 1000 + 50.5 tokens on average.
TEST(Demand, IsTheMeanOfWhatArrives) {
  const Demand demand = demand_of(llama_run(1000, 101, 7));
  EXPECT_EQ(demand.requests, 100);
  EXPECT_DOUBLE_EQ(demand.prompt_tokens, 1000);
  EXPECT_DOUBLE_EQ(demand.output_tokens, 101);
  EXPECT_DOUBLE_EQ(demand.decode_context, 1050.5);
  EXPECT_DOUBLE_EQ(*demand.request_rate, 7);
  EXPECT_EQ(demand.prompts.size(), 100U);
}

// Nobody has to keep up with clients that wait.
TEST(Demand, OfAClosedLoopHasNoRate) {
  spec::RunSpec run = llama_run(10, 10, 7);
  run.workload.arrivals.reset();
  run.workload.closed_loop = spec::ClosedLoopSpec{4};
  EXPECT_FALSE(demand_of(run).request_rate);
}

// A run in the trough of a sine: 7/s · (1 + 0.9 · sin(1.4π)) = 1.0/s is all that has to be served.
TEST(Demand, OfARateThatVariesIsThatOfTheRun) {
  spec::RunSpec run = llama_run(10, 10, 7);
  run.workload.arrivals->process = spec::ArrivalProcess::Sine;
  run.workload.arrivals->sine.amplitude = 0.9;
  run.workload.arrivals->sine.period = to_duration(Seconds(1000));
  run.workload.arrivals->sine.phase = to_duration(Seconds(700));
  EXPECT_LT(*demand_of(run).request_rate, 2);
}

// 100 of 100 outputs' steps: one request's share of weights and KV is one step of 100 sequences.
//   bytes  7.50 G parameters (without the embedding) · 2 B + 100 · 60 tokens · 131072 B = 15.80 GB
//          / 3.35 TB/s = 4.716 ms, and a few per cent of activations
//   FLOPs  prompt of 10 tokens: 10 · 2 · 6.98 G = 0.14 T; 100 tokens: 100 · 2 · 7.50 G = 1.50 T
//          / 989 TFLOP/s = 1.66 ms
TEST(Bound, OfShortPromptsIsBandwidth) {
  const LayoutBound bound = bound_of(llama_run(10, 101, 7));
  EXPECT_EQ(bound.rule, "");
  EXPECT_EQ(bound.bound_by, "HBM bandwidth");
  EXPECT_GT(bound.seconds_per_request, 4.716e-3);
  EXPECT_LT(bound.seconds_per_request, 1.1 * 4.716e-3);
}

//   FLOPs  prompt: 1000 · 2 · 6.98 G + attention 32 · 4 · 4096 · 1000²/2 = 14.2 T;
//          output: 100 · 2 · 7.50 G + attention 100 · 32 · 4 · 4096 · 1050 = 1.56 T
//          15.8 T / 989 TFLOP/s = 15.9 ms
//   bytes  15.01 GB + 100 · 1050 · 131072 B = 28.8 GB / 3.35 TB/s = 8.6 ms
TEST(Bound, OfLongPromptsIsCompute) {
  const LayoutBound bound = bound_of(llama_run(1000, 101, 7));
  EXPECT_EQ(bound.bound_by, "compute");
  EXPECT_NEAR(bound.seconds_per_request, 15.9e-3, 0.03 * 15.9e-3);
}

// 200/s · 15.9 ms = 3.2: four replicas at least, by Little's law.
TEST(Bound, AsksForReplicas) {
  const spec::RunSpec run = llama_run(1000, 101, 200);
  const LayoutBound bound = bound_of(run);
  EXPECT_EQ(least_replicas(bound, demand_of(run)), 4);
  EXPECT_EQ(least_replicas(bound, demand_of(run), 0.1), 1);
}

TEST(Bound, NamesWhatCannotBeCut) {
  spec::RunSpec run = llama_run(10, 10, 1);
  run.engine.tensor_parallel_size = 3;
  EXPECT_EQ(bound_of(run).rule, "parallelism");
  EXPECT_EQ(bound_of(run).reason, "the model cannot be cut so: 32 heads / 3");
}

TEST(Bound, NamesWhatDoesNotFit) {
  spec::RunSpec run = llama_run(10, 10, 1);
  run.model = test::llama_405b();
  EXPECT_EQ(bound_of(run).rule, "memory");
  EXPECT_NE(bound_of(run).reason, "");
}

// 15.01 GB at 3.35 TB/s are 4.48 ms: no step is faster.
TEST(Bound, HoldsTpotAgainstALoneStep) {
  spec::RunSpec run = llama_run(10, 10, 1);
  run.slo.tpot = spec::LatencyLimit{};
  run.slo.tpot->p99 = to_duration(Seconds(4e-3));
  EXPECT_EQ(bound_of(run).rule, "TPOT floor");
  run.slo.tpot->p99 = to_duration(Seconds(20e-3));
  EXPECT_EQ(bound_of(run).rule, "");
}

// A prompt of 3000 tokens takes 3000 · 2 · 6.98 GFLOP / 989 TFLOP/s = 42 ms at the very least.
TEST(Bound, HoldsTtftAgainstALonePrompt) {
  spec::RunSpec run = llama_run(3000, 10, 1);
  run.slo.ttft = spec::LatencyLimit{};
  run.slo.ttft->median = to_duration(Seconds(40e-3));
  EXPECT_EQ(bound_of(run).rule, "TTFT floor");
  run.slo.ttft->median = to_duration(Seconds(400e-3));
  EXPECT_EQ(bound_of(run).rule, "");
}

TEST(Levels, CountReplicasForAMinimum) {
  spec::RunSpec run = llama_run(1000, 101, 200);
  run.engine.tensor_parallel_size = 2;  // half the time on each of two
  spec::PlanSpec plan;
  plan.max_gpus = 9;
  const Demand demand = demand_of(run);
  const Levels levels(run, plan, bound_of(run), demand);
  EXPECT_EQ(levels.lowest(), 2);
  EXPECT_EQ(levels.highest(), 4);  // 8 of 9 GPUs
  EXPECT_EQ(levels.value(3), 6);
  EXPECT_EQ(levels.highest_within(6), 3);
  EXPECT_EQ(levels.highest_within(5), 2);
  EXPECT_EQ(levels.run_at(3).cluster.replicas, 3);
}

// Two replicas of one GPU carry at most 2 / 15.9 ms = 125.8/s, 0.629 of 200/s: 1.02^-23.4.
TEST(Levels, ScaleTheLoadForAMaximum) {
  const spec::RunSpec run = llama_run(1000, 101, 200);
  spec::PlanSpec plan;
  plan.objective = spec::Objective::MaxThroughput;
  plan.max_gpus = 2;
  const Levels levels(run, plan, bound_of(run), demand_of(run));
  EXPECT_NEAR(static_cast<double>(levels.lowest()), 24, 1);
  EXPECT_EQ(levels.replicas(30), 2);
  EXPECT_NEAR(levels.run_at(35).workload.arrivals->request_rate.value(), 100, 0.1);
  plan.replicas = 3;  // more than max_gpus
  const Levels none(run, plan, bound_of(run), demand_of(run));
  EXPECT_LT(none.highest(), none.lowest());
}

// What arrives faster is still served after its last arrival, so Little's law bounds nothing.
TEST(Levels, DoNotBoundTheLoadOfAStoryThatEnds) {
  spec::RunSpec run = llama_run(1000, 101, 200);
  run.workload.arrivals->process = spec::ArrivalProcess::Stages;
  run.workload.arrivals->stages = {{PerSecond(200), to_duration(Seconds(10))}};
  run.workload.num_requests.reset();
  spec::PlanSpec plan;
  plan.objective = spec::Objective::MaxThroughput;
  plan.max_gpus = 2;
  const Levels levels(run, plan, bound_of(run), demand_of(run));
  EXPECT_GT(levels.load(levels.lowest()), 900);
}

}  // namespace
}  // namespace kvsim::plan
