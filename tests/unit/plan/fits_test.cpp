// Does a model fit, and how much cache is left: the budget of vLLM per tensor_parallel_size.
#include "sim/plan/fits.hpp"

#include <gtest/gtest.h>

#include "shapes.hpp"

namespace kvsim::plan {
namespace {

using test::deepseek_v3;
using test::h100;
using test::llama_8b;

Fit fit_on(const spec::ModelSpec& model, std::int64_t tensor_parallel_size,
           std::optional<std::int64_t> context = std::nullopt,
           const spec::EngineSpec& engine = test::engine()) {
  return fits(model, h100(), engine, {tensor_parallel_size}, context).front();
}

// Llama-3.1-8B on one H100, bytes:
//   requested    0.92 · 84 932 000 000                              = 78 137 440 000
//   weights      8 029 995 008 parameters · 2                       = 16 059 990 016
//   activations  8192 · (4096 + 2 · 14336) · 2 + 1024 · 128256 · 6  =  1 324 875 776
//   elsewhere                                                           644 245 094
//   left                                                            = 60 108 329 114
//   blocks       / (16 · 131 072) = 28 661, one of them never used: 28 660 · 16 = 458 560 tokens
TEST(Fits, LeavesLlama8bRoomFor458560TokensOnOneH100) {
  const Fit fit = fit_on(llama_8b(), 1);
  EXPECT_TRUE(fit.fits);
  EXPECT_EQ(fit.refusal, "");
  EXPECT_EQ(fit.weights, Bytes(16'059'990'016));
  EXPECT_EQ(fit.kv_cache_tokens, 458'560);
  EXPECT_EQ(fit.max_model_len, 131'072);
  EXPECT_EQ(fit.sequences, 3);  // 28 660 / 8192 blocks
}

// On two: 78 137 440 000 - 8 029 995 008 - (8192 · (4096 + 14336 · 2 / 2) · 2 + 788 004 864)
// - 644 245 094 = 68 373 205 146; / (16 · 65 536) = 65 205 blocks, 65 204 · 16 tokens.
TEST(Fits, CutsWeightsAndCacheByTensorParallelism) {
  const Fit fit = fit_on(llama_8b(), 2);
  EXPECT_EQ(fit.weights, Bytes(8'029'995'008));
  EXPECT_EQ(fit.kv_cache_tokens, 1'043'264);
}

// 8192 tokens are 512 blocks, 1000 tokens 63.
TEST(Fits, CountsWholeSequencesOfTheAskedLength) {
  EXPECT_EQ(fit_on(llama_8b(), 1, 8192).sequences, 28'660 / 512);
  EXPECT_EQ(fit_on(llama_8b(), 1, 1000).sequences, 28'660 / 63);
}

// 671 GB of weights over 8 GPUs are 84 GB each, more than the 78 GB that are asked for.
TEST(Fits, SaysNoWhenTheWeightsAloneAreTooLarge) {
  const Fit fit = fit_on(deepseek_v3(), 8);
  EXPECT_FALSE(fit.fits);
  EXPECT_EQ(fit.refusal, "");
  EXPECT_LT(fit.available_kv, Bytes(0));
  EXPECT_EQ(fit.sequences, 0);
}

TEST(Fits, SaysNoWhenOneSequenceOfAGivenLengthIsTooLong) {
  spec::EngineSpec engine = test::engine();
  engine.gpu_memory_utilization = 0.3;  // 7.4 GB left, one sequence of 131 072 needs 17 GB
  EXPECT_TRUE(fit_on(llama_8b(), 1, std::nullopt, engine).fits);
  engine.max_model_len = 131'072;
  EXPECT_FALSE(fit_on(llama_8b(), 1, std::nullopt, engine).fits);
}

TEST(Fits, AnswersInTheOrderOfTheSizes) {
  const std::vector<Fit> all = fits(llama_8b(), h100(), test::engine(), {1, 3, 2});
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].tensor_parallel_size, 3);
  EXPECT_EQ(all[1].refusal, "32 heads / 3");
  EXPECT_FALSE(all[1].fits);
  EXPECT_LT(all[0].kv_cache_tokens, all[2].kv_cache_tokens);
}

TEST(ShortRefusal, NamesWhatCannotBeCut) {
  spec::EngineSpec engine = test::engine();
  engine.tensor_parallel_size = 4;
  EXPECT_EQ(short_refusal(llama_8b(), engine), "");
  spec::ModelSpec phi = llama_8b();  // Phi-4: 40 query heads, 10 KV heads
  phi.num_attention_heads = 40;
  phi.attention.num_key_value_heads = 10;
  EXPECT_EQ(short_refusal(phi, engine), "10 KV heads / 4");
  spec::ModelSpec narrow = deepseek_v3();
  narrow.moe->moe_intermediate_size = 1026;
  EXPECT_EQ(short_refusal(narrow, engine), "1026 expert columns / 4");
}

TEST(ShortRefusal, GivesTheWholeRuleWhereNoCutIsToBlame) {
  spec::EngineSpec engine = test::engine();
  engine.max_model_len = 200'000;
  EXPECT_EQ(short_refusal(llama_8b(), engine),
            "max_model_len = 200000 is more than the model was made for");
}

TEST(PowersOfTwo, EndAtTheLargest) {
  EXPECT_EQ(powers_of_two(8), (std::vector<std::int64_t>{1, 2, 4, 8}));
  EXPECT_EQ(powers_of_two(6), (std::vector<std::int64_t>{1, 2, 4}));
}

}  // namespace
}  // namespace kvsim::plan
