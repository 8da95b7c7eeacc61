#include "sim/workload/summary.hpp"

#include <gtest/gtest.h>

#include "trace_file.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

// Gaps 0, 1 and 5 s: mean 2, deviations -2, -1 and 3, standard deviation sqrt(14/3) = 2.1602.
// Blocks 0 1 | 0 1 2 | - | 0 9 10: 8 blocks, 5 of them different, so 3 of 8 came before. In tokens,
// 8 a block: nothing of 10, 8 of 20 (block 1 had 2 tokens before, now it has 8), 8 of 30.
TEST(Summary, IsTheOneOfThePaper) {
  const TraceFile file(
      R"({"timestamp": 500, "input_length": 10, "output_length": 1, "hash_ids": [0, 1]}
{"timestamp": 500, "input_length": 20, "output_length": 1, "hash_ids": [0, 1, 2]}
{"timestamp": 1500, "input_length": 80, "output_length": 1}
{"timestamp": 6500, "input_length": 30, "output_length": 5, "hash_ids": [0, 9, 10]}
)");
  spec::WorkloadSpec workload = file.mooncake();
  workload.hash_block_size = 8;
  const WorkloadSummary summary = summarise(workload, 1);
  EXPECT_EQ(summary.requests, 4);
  ASSERT_TRUE(summary.arrivals);
  EXPECT_EQ(summary.arrivals->first, at_attoseconds(kAttosecondsPerSecond / 2));
  EXPECT_NEAR(*summary.arrivals->mean_rate, 3.0 / 6.0, 1e-12);
  EXPECT_NEAR(*summary.arrivals->gap_cv, 2.160247 / 2, 1e-6);
  EXPECT_NEAR(*summary.arrivals->zero_gap_share, 1.0 / 3, 1e-12);
  EXPECT_EQ(summary.prompt.mean, 35);
  EXPECT_EQ(summary.prompt.p50, 25);  // numpy.percentile([10, 20, 30, 80], 50)
  EXPECT_NEAR(summary.prompt.p90, 65, 1e-9);
  EXPECT_NEAR(summary.prompt.p99, 78.5, 1e-9);
  EXPECT_EQ(summary.prompt.max, 80);
  EXPECT_EQ(summary.output.max, 5);
  ASSERT_TRUE(summary.blocks);
  EXPECT_EQ(summary.blocks->requests, 3);
  EXPECT_EQ(summary.blocks->blocks, 8);
  EXPECT_EQ(summary.blocks->distinct, 5);
  EXPECT_NEAR(summary.blocks->ideal_hit_rate, 3.0 / 8, 1e-12);
  ASSERT_TRUE(summary.prefixes);
  EXPECT_EQ(summary.prefixes->requests, 3);
  EXPECT_EQ(summary.prefixes->hit_tokens, 16);
  EXPECT_EQ(summary.prefixes->prompt_tokens, 140);
  EXPECT_NEAR(summary.prefixes->ideal_hit_rate, 16.0 / 140, 1e-12);
}

// A block that is known is of no use behind one that is new.
TEST(Summary, TokensHitFromTheBeginOfThePromptOnly) {
  const TraceFile file(
      "arrival_s,prompt_tokens,output_tokens,hash_ids\n0,16,1,1 2\n1,16,1,3 2\n2,16,1,1 2\n");
  spec::WorkloadSpec workload = file.csv();
  workload.hash_block_size = 8;
  const WorkloadSummary summary = summarise(workload, 1);
  EXPECT_EQ(summary.blocks->blocks - summary.blocks->distinct, 3);
  EXPECT_EQ(summary.prefixes->hit_tokens, 16);
}

// Each conversation: prompts of 100, 100 + 20 + 100 and 220 + 20 + 100 tokens, 1 s apart; of the
// second 120 came before, of the third 240.
TEST(Summary, OfConversationsTakesAnswersAsInstantaneous) {
  spec::WorkloadSpec workload = chat(1, 6);
  workload.arrivals = arrivals(spec::ArrivalProcess::Constant, 1);
  workload.lengths =
      spec::LengthsSpec{.prompt = fixed_length(100), .output = fixed_length(20), .max_tokens = {}};
  workload.conversation =
      spec::ConversationSpec{.turns = fixed_length(3), .think_time = {}, .follow_up = {}};
  workload.conversation->think_time.fixed = Duration(kAttosecondsPerSecond);
  const WorkloadSummary summary = summarise(workload, 1);
  EXPECT_EQ(summary.requests, 6);
  EXPECT_EQ(summary.arrivals->last, at_attoseconds(4 * kAttosecondsPerSecond));  // 2 + 1 + 1
  EXPECT_EQ(summary.prompt.max, 340);
  EXPECT_FALSE(summary.blocks);
  EXPECT_EQ(summary.prefixes->hit_tokens, 2 * (120 + 240));
  EXPECT_EQ(summary.prefixes->prompt_tokens, 2 * (100 + 220 + 340));
}

TEST(Summary, OfAClosedLoopHasNoArrivals) {
  const TraceFile file("prompt_tokens,output_tokens\n3,4\n");
  const WorkloadSummary summary = summarise(file.lengths(), 1);
  EXPECT_FALSE(summary.arrivals);
  EXPECT_FALSE(summary.blocks);
  EXPECT_FALSE(summary.prefixes);
  EXPECT_EQ(summary.prompt.p99, 3);
}

TEST(Summary, OfRequestsAtOneInstantHasNoRate) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens\n1,3,4\n1,3,4\n");
  const WorkloadSummary summary = summarise(file.csv(), 1);
  EXPECT_FALSE(summary.arrivals->mean_rate);
  EXPECT_FALSE(summary.arrivals->gap_cv);
  EXPECT_EQ(summary.arrivals->zero_gap_share, 1);
}

TEST(Summary, OfPoissonArrivalsHasTheirRateAndSpread) {
  const WorkloadSummary summary = summarise(chat(4, 50'000), 1);
  EXPECT_EQ(summary.requests, 50'000);
  EXPECT_NEAR(*summary.arrivals->mean_rate, 4, 0.08);
  EXPECT_NEAR(*summary.arrivals->gap_cv, 1, 0.02);
  EXPECT_EQ(summary.arrivals->zero_gap_share, 0);
  EXPECT_NEAR(summary.prompt.p99, 4142, 150);
}

// Mean 50, deviation 10, cut at ±2 deviations: symmetric, so the mean stays.
TEST(NormalLengths, AreCutAtBothEnds) {
  spec::WorkloadSpec workload = chat(1, 100'000);
  workload.lengths->prompt.kind = spec::LengthKind::Normal;
  workload.lengths->prompt.normal = {.mean = 50, .std_dev = 10, .min = 30, .max = 70};
  const WorkloadSummary summary = summarise(workload, 1);
  EXPECT_NEAR(summary.prompt.mean, 50, 0.1);
  EXPECT_EQ(summary.prompt.max, 70);
  EXPECT_EQ(summary.prompt.p50, 50);
  EXPECT_EQ(summary.prompt.p99, 70);       // 2.3 % lie beyond
  EXPECT_NEAR(summary.prompt.p90, 63, 1);  // 50 + 1.2816 · 10
}

}  // namespace
}  // namespace kvsim::workload
