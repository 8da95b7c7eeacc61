// The typical step against Little's law on paper, and the points around it.
#include "sim/plan/step_profile.hpp"

#include <gtest/gtest.h>

#include "shapes.hpp"
#include "tests/unit/plan/seconds.hpp"

namespace kvsim::plan {
namespace {

using spec::TimeBucket;

Duration in(const spec::StepPoint& point, TimeBucket bucket) {
  return point.time_in[static_cast<std::size_t>(bucket)];
}

// 100 requests in 100 s on two replicas, which were idle for 50 of their 200 s.
spec::RunResult hundred_requests(double seated_s, std::int64_t prompt, std::int64_t output) {
  spec::RunResult result;
  result.spec = test::tiny_run(100, prompt, output);
  result.spec.cluster.replicas = 2;
  result.spec.engine.max_num_seqs = 100;
  result.memory.max_model_len = 4096;
  spec::RunMetrics& metrics = result.metrics;
  metrics.completed = 100;
  metrics.duration = seconds(100);
  metrics.time_in[static_cast<std::size_t>(TimeBucket::Idle)] = seconds(50);
  metrics.queue.mean = 1000;
  metrics.e2el.mean = 1000 + 1e3 * seated_s;
  metrics.total_input_tokens = 100 * prompt;
  metrics.total_output_tokens = 100 * output;
  return result;
}

spec::StepProfile profile_of(const spec::RunResult& result) {
  return step_profile(result, test::round_cards());
}

std::vector<std::int64_t> batches(const spec::StepProfile& profile) {
  std::vector<std::int64_t> all;
  for (const spec::StepPoint& point : profile.by_batch) {
    all.push_back(point.batch);
    EXPECT_EQ(point.context, profile.context);
  }
  return all;
}

std::vector<std::int64_t> contexts(const spec::StepProfile& profile) {
  std::vector<std::int64_t> all;
  for (const spec::StepPoint& point : profile.by_context) {
    all.push_back(point.context);
    EXPECT_EQ(point.batch, profile.batch);
  }
  return all;
}

// 100 requests hold a seat for 4 s each: 400 s of seats in 150 s of busy replicas are 2.67 seats.
TEST(StepProfile, TypicalBatchFollowsLittlesLaw) {
  EXPECT_EQ(profile_of(hundred_requests(4, 1000, 300)).batch, 3);
}

TEST(StepProfile, TypicalContextIsThePromptAndHalfTheOutput) {
  EXPECT_EQ(profile_of(hundred_requests(4, 1000, 300)).context, 1150);
}

TEST(StepProfile, TypicalStepStaysWithinTheEnginesLimits) {
  const spec::StepProfile large = profile_of(hundred_requests(1000, 9000, 300));
  EXPECT_EQ(large.batch, 100);
  EXPECT_EQ(large.context, 4096);
  const spec::StepProfile small = profile_of(hundred_requests(0.001, 1, 1));
  EXPECT_EQ(small.batch, 1);
  EXPECT_EQ(small.context, 2);  // 1.5, rounded
}

TEST(StepProfile, RunWithoutARequestHasTheSmallestStep) {
  spec::RunResult nothing = hundred_requests(4, 1000, 300);
  nothing.metrics = {};
  const spec::StepProfile profile = profile_of(nothing);
  EXPECT_EQ(profile.batch, 1);
  EXPECT_EQ(profile.context, 1);
}

TEST(StepProfile, GoesThroughPowersOfTwoUpToTheLimits) {
  spec::RunResult result = hundred_requests(4, 1000, 300);
  const spec::StepProfile profile = profile_of(result);
  EXPECT_EQ(batches(profile), (std::vector<std::int64_t>{1, 2, 4, 8, 16, 32, 64, 100}));
  EXPECT_EQ(contexts(profile), (std::vector<std::int64_t>{128, 256, 512, 1024, 2048, 4096}));
  result.spec.engine.max_num_seqs = 1;
  result.memory.max_model_len = 100;
  const spec::StepProfile narrow = profile_of(result);
  EXPECT_EQ(batches(narrow), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(contexts(narrow), (std::vector<std::int64_t>{64}));
}

// Two layers; of the KV, 2 · kv_heads · head_dim · 2 B per token are read at 0.8 · 3.35 TB/s, and
// launches and queries do not depend on the context: from one power of two to the next the time
// doubles but for those, T(4C) - T(2C) = 2 · (T(2C) - T(C)), and nothing else moves.
TEST(StepProfile, OnlyKvGrowsWithTheContextAndInProportion) {
  const spec::StepProfile profile = profile_of(hundred_requests(4, 1000, 300));
  for (std::size_t i = 0; i + 2 < profile.by_context.size(); ++i) {
    const auto grown = [&](std::size_t from) {
      return to_seconds(in(profile.by_context[from + 1], TimeBucket::Kv) -
                        in(profile.by_context[from], TimeBucket::Kv))
          .value();
    };
    EXPECT_GT(grown(i), 0);
    EXPECT_NEAR(grown(i + 1) / grown(i), 2, 1e-9);
  }
  for (const TimeBucket bucket : {TimeBucket::Weights, TimeBucket::Compute, TimeBucket::Host}) {
    EXPECT_EQ(in(profile.by_context.front(), bucket), in(profile.by_context.back(), bucket));
  }
}

TEST(StepProfile, OperatorsAndTheHostMakeTheTypicalStep) {
  for (const spec::ModelSpec& model : test::tiny_variants()) {
    spec::RunResult result = hundred_requests(200, 1000, 48);  // batch 100 at a context of 1024
    result.spec.model = model;
    std::vector<spec::CardSpec> cards = test::round_cards();
    cards.back() = test::host_card(50, 0, 0);
    const spec::StepProfile profile = step_profile(result, cards);
    Duration operators = seconds(50e-6);
    for (const spec::OperatorPoint& point : profile.operators) {
      operators += point.time;
    }
    ASSERT_EQ(profile.by_batch.back().batch, profile.batch);
    Duration step;
    for (const Duration part : profile.by_batch.back().time_in) {
      step += part;
    }
    EXPECT_EQ(step, operators) << model.name;
    EXPECT_EQ(in(profile.by_batch.back(), TimeBucket::Idle), Duration());
  }
}

}  // namespace
}  // namespace kvsim::plan
