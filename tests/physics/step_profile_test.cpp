// The profile of a step against sums done by hand: Llama-3.1-8B on one H100.
#include "sim/plan/step_profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "library.hpp"
#include "shapes.hpp"
#include "sim/cost/step_pricer.hpp"

namespace kvsim {
namespace {

using spec::TimeBucket;

// A run whose typical step is `batch` sequences of `context` tokens, by Little's law: one replica,
// never idle, whose requests hold `batch` seats all the time and have outputs of 0 tokens.
spec::RunResult run_of(spec::ModelSpec model, std::int64_t batch, std::int64_t context) {
  spec::RunResult result;
  result.spec = test::tiny_run(1, 1, 1);
  result.spec.model = std::move(model);
  result.memory.max_model_len = 131'072;
  result.metrics.completed = batch;
  result.metrics.duration = to_duration(Seconds(1));
  result.metrics.e2el.mean = 1000;
  result.metrics.total_input_tokens = batch * context;
  return result;
}

spec::StepProfile llama(std::int64_t batch, std::int64_t context,
                        const std::vector<spec::CardSpec>& cards) {
  return plan::step_profile(run_of(test::llama_8b(), batch, context), cards);
}

std::vector<spec::CardSpec> shipped_cards() { return config::load_cards(test::shipped_library()); }

double seconds(const spec::StepPoint& point, TimeBucket bucket) {
  return to_seconds(point.time_in[static_cast<std::size_t>(bucket)]).value();
}

bool is_bound_by_compute(const spec::StepPoint& point) {
  return seconds(point, TimeBucket::Compute) >=
         seconds(point, TimeBucket::Weights) + seconds(point, TimeBucket::Kv);
}

// Weights of 32 layers and the head, 2 B each: qkv 6144 x 4096, o 4096 x 4096, gate and up
// 28672 x 4096, down 4096 x 14336, head 128256 x 4096: 15.009 GB. The embedding's table is read by
// the row. KV: 32 · 2 · 8 · 128 · 2 B = 131072 B per token, 32 sequences of 1000: 4.194 GB.
// Activations, per row: in and out of every product 2·(n + k); queries and outputs of attention
// 2·2·32·128; norms, activation, KV write 2·3·2·4096 + 3·2·14336 + 4096; embedding 2·2·4096;
// sampling 3·4·128256.
TEST(StepProfile, OperatorsMoveTheWeightsTheKvAndTheActivations) {
  constexpr double weights =
      2.0 * (32 * (6144. * 4096 + 4096. * 4096 + 28672. * 4096 + 4096. * 14336) + 128256. * 4096);
  constexpr double kv = 131'072.0 * 32 * 1000;
  constexpr double io_of_products =
      2.0 *
      (32 * ((6144 + 4096) + (4096 + 4096) + (28672 + 4096) + (4096 + 14336)) + 128256 + 4096);
  constexpr double others = 32 * (2 * 2 * 32 * 128 + 2 * 3 * 2 * 4096 + 3 * 2 * 14336 + 4096) +
                            2 * 2 * 4096 + 3 * 4 * 128256;
  const spec::StepProfile profile = llama(32, 1000, test::round_cards());
  ASSERT_EQ(profile.batch, 32);
  ASSERT_EQ(profile.context, 1000);
  double bytes = 0;
  for (const spec::OperatorPoint& point : profile.operators) {
    bytes += point.bytes;
  }
  EXPECT_DOUBLE_EQ(bytes, weights + kv + 32 * (io_of_products + others));
  EXPECT_NEAR(bytes / (weights + kv), 1, 0.02);  // activations are next to nothing
}

// Two FLOPs per weight and row, and 4 · 32 · 128 per attended token and layer.
TEST(StepProfile, OperatorsDoTwoFlopsPerWeightAndThoseOfAttention) {
  constexpr double weights = 32 * 218'103'808.0 + 128256. * 4096;
  const spec::StepProfile profile = llama(32, 1000, test::round_cards());
  double flops = 0;
  for (const spec::OperatorPoint& point : profile.operators) {
    flops += point.flops;
  }
  EXPECT_DOUBLE_EQ(flops, 32 * 2 * weights + 32. * 32 * 1000 * 4 * 32 * 128);
}

TEST(StepProfile, PeaksAreTheGpusAtTheFormatOfMostFlops) {
  const spec::StepProfile bf16 = llama(32, 1000, test::round_cards());
  EXPECT_EQ(bf16.peak_dtype, "bf16");
  EXPECT_EQ(bf16.peak_flops, 989e12);
  EXPECT_EQ(bf16.peak_bytes_per_s, 3.35e12);
  // DeepSeek-V3's products are block-scaled fp8, its attention is bf16.
  spec::RunResult deepseek = run_of(test::deepseek_v3(), 32, 100);
  deepseek.spec.engine.tensor_parallel_size = 8;
  const spec::StepProfile fp8 = plan::step_profile(deepseek, shipped_cards());
  EXPECT_EQ(fp8.peak_dtype, "fp8_block");
  EXPECT_EQ(fp8.peak_flops, test::h100().peak.fp8.value().value());
}

TEST(StepProfile, NoOperatorIsAboveTheRoof) {
  const std::vector<spec::CardSpec> cards = shipped_cards();
  for (const std::int64_t batch : {1, 7, 64, 512, 1024}) {
    for (const std::int64_t context : {1, 1000, 30'000}) {
      const spec::StepProfile profile = llama(batch, context, cards);
      ASSERT_GE(profile.operators.size(), 9U);
      for (const spec::OperatorPoint& point : profile.operators) {
        const double time = to_seconds(point.time).value() * (1 + 1e-9);
        EXPECT_GE(time, point.bytes / profile.peak_bytes_per_s) << point.op << " " << batch;
        EXPECT_GE(time, point.flops / profile.peak_flops) << point.op << " " << batch;
      }
    }
  }
}

// A product of n x k and b rows is bound by compute from b·2nk/C > (2nk + 2b(n + k))/M on, with
// C = 0.5 · 989 TFLOP/s, M = 0.8 · 3.35 TB/s, r = C/M = 184.5: b > r / (1 - r·(1/n + 1/k)):
// lm_head 193.5, gate and up 194.5, down 195.9, qkv 199.5, o 202.8. Up to 192 rows all wait for
// weights; 193 are padded to 200, where all but o are bound by compute. One token of context each
// costs no more than its launches.
TEST(StepProfile, TurnsComputeBoundWhereThePaperSays) {
  const spec::StepProfile profile = llama(1, 1, test::round_cards());
  EXPECT_EQ(profile.compute_bound_batch, 193);
}

// 1000 tokens each: 131 MB of KV per sequence take 49 us; 2 FLOPs for each of 7.5 G weights take
// 30 us, small kernels 2 us: no batch is large enough.
TEST(StepProfile, IsNeverComputeBoundWhereKvGrowsFaster) {
  EXPECT_EQ(llama(1, 1000, test::round_cards()).compute_bound_batch, std::nullopt);
}

TEST(StepProfile, ComputeBoundBatchIsTheFirstOfAllBatches) {
  const std::vector<spec::CardSpec> cards = shipped_cards();
  const cost::StepPricer pricer(test::llama_8b(), test::h100(), test::engine(), cards);
  for (const std::int64_t context : {1, 64, 256, 1000}) {
    const spec::StepProfile profile = llama(1, context, cards);
    const std::int64_t bound = profile.compute_bound_batch.value_or(1025);
    for (const spec::StepPoint& point : profile.by_batch) {
      EXPECT_FALSE(point.batch < bound && is_bound_by_compute(point)) << point.batch;
    }
    const auto at = [&](std::int64_t batch) {
      spec::RunResult run = run_of(test::llama_8b(), 1, context);
      run.spec.engine.max_num_seqs = batch;
      return plan::step_profile(run, cards).by_batch.back();
    };
    if (profile.compute_bound_batch) {
      EXPECT_TRUE(is_bound_by_compute(at(bound))) << bound;
      EXPECT_FALSE(is_bound_by_compute(at(bound - 1))) << bound;
    }
  }
  EXPECT_TRUE(llama(1, 1, cards).compute_bound_batch.has_value());
}

}  // namespace
}  // namespace kvsim
