// What attention variants cost and buy, against arithmetic on paper.
#include "sim/plan/attention_table.hpp"

#include <gtest/gtest.h>

#include "shapes.hpp"

namespace kvsim::plan {
namespace {

using enum spec::AttentionVariant;
using test::deepseek_v3;
using test::h100;
using test::h200;
using test::llama_8b;
using test::with_attention;

AttentionRow row_of(const spec::ModelSpec& model, std::int64_t tensor_parallel_size = 1,
                    spec::KvDtype kv = spec::KvDtype::Auto) {
  spec::EngineSpec engine = test::engine();
  engine.tensor_parallel_size = tensor_parallel_size;
  engine.kv_cache_dtype = kv;
  return attention_row(model, h100(), engine, 8192);
}

// Per KV head and token 2 · 128 values of 2 B; every query head multiplies with both vectors,
// 2 · 2 · 128 FLOPs. So the intensity in FLOP/B is the number of query heads per KV head.
TEST(AttentionRow, IntensityIsTheNumberOfQueryHeadsPerKvHead) {
  EXPECT_DOUBLE_EQ(row_of(with_attention(llama_8b(), Mha)).intensity, 1);
  EXPECT_DOUBLE_EQ(row_of(llama_8b()).intensity, 4);
  EXPECT_DOUBLE_EQ(row_of(with_attention(llama_8b(), Mqa)).intensity, 32);
}

TEST(AttentionRow, AnFp8CacheDoublesTheIntensity) {
  EXPECT_DOUBLE_EQ(row_of(llama_8b(), 1, spec::KvDtype::Fp8).intensity, 8);
}

// 2 · 128 heads · (576 for the scores + 512 for the values) / 1152 B = 241.8 FLOP/B, above the
// ridge of an H200, 989 / 4.8 = 206.0; over 8 GPUs each has 16 heads for the same latent: 30.2.
TEST(AttentionRow, MlaIsBoundByComputeWhileAllHeadsAreOnOneGpu) {
  EXPECT_NEAR(ridge(h200()), 206.04, 0.01);
  spec::EngineSpec engine = test::engine();
  const AttentionRow one = attention_row(deepseek_v3(), h200(), engine, 8192);
  EXPECT_NEAR(one.intensity, 241.78, 0.01);
  EXPECT_TRUE(one.compute_bound);
  engine.tensor_parallel_size = 8;
  const AttentionRow eight = attention_row(deepseek_v3(), h200(), engine, 8192);
  EXPECT_NEAR(eight.intensity, 30.22, 0.01);
  EXPECT_FALSE(eight.compute_bound);
}

// Blocks as in fits_test: 28 660 / 512 = 55 sequences. One step reads all weights but the
// embedding, 16 059 990 016 - 128 256 · 4096 · 2 = 15 009 316 864 B, and 55 · 8192 · 131 072 = 59
// 055 800 320 B of KV: 74 065 117 184 B / 3.35 TB/s = 22.109 ms for 55 tokens.
TEST(AttentionRow, TokensPerSecondFollowFromBytesOverBandwidth) {
  const AttentionRow row = row_of(llama_8b());
  EXPECT_EQ(row.parameters, 8'029'995'008);
  EXPECT_EQ(row.kv_per_token, BytesPerToken(131'072));
  EXPECT_EQ(row.kv_cache_tokens, 458'560);
  EXPECT_EQ(row.sequences, 55);
  EXPECT_NEAR(row.tokens_per_second, 55 * 3.35e12 / 74'065'117'184.0, 1e-6);
}

// MQA has one KV head, of which each of 8 GPUs holds a copy: 32 · 2 · 128 · 2 B = 16 384 B.
TEST(AttentionRow, AReplicatedCacheIsNoSmallerPerGpu) {
  const AttentionRow row = row_of(with_attention(llama_8b(), Mqa), 8);
  EXPECT_EQ(row.kv_per_token, BytesPerToken(16'384));
  EXPECT_EQ(row.kv_per_token_per_gpu, BytesPerToken(16'384));
}

TEST(AttentionRow, HasNoThroughputWhenNothingFits) {
  const AttentionRow row = row_of(deepseek_v3());
  EXPECT_EQ(row.sequences, 0);
  EXPECT_EQ(row.kv_cache_tokens, 0);
  EXPECT_EQ(row.tokens_per_second, 0);
}

}  // namespace
}  // namespace kvsim::plan
