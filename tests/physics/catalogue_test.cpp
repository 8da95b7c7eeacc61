// The models in configs/models against paper, config.json and publication: how many parameters,
// how many bytes a token adds to the KV cache, how many a sequence holds whatever its length.
//
// Norms, biases, MTP layers and vision towers are in no count; a published count that has them is
// met within the share that the test names.
#include <gtest/gtest.h>

#include <cmath>

#include "library.hpp"
#include "shapes.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/model/step.hpp"
#include "sim/model/weights.hpp"

namespace kvsim {
namespace {

using namespace kvsim::literals;
using spec::KvDtype;

double total(const char* name) {
  return static_cast<double>(model::parameter_count(test::shipped_model(name))) / 1e9;
}
double active(const char* name) {
  return static_cast<double>(model::active_parameter_count(test::shipped_model(name))) / 1e9;
}
// Billions, and how far from them in parts of one.
testing::AssertionResult is_near(double count, double published, double share) {
  if (std::abs(count / published - 1) <= share) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << count << " B, published " << published << " B";
}

std::int64_t per_token(const char* name, KvDtype kv = KvDtype::Bf16) {
  return model::kv_bytes_per_token(test::shipped_model(name), kv).value();
}
std::int64_t constant(const char* name, KvDtype kv = KvDtype::Bf16) {
  return model::kv_bytes_per_sequence_constant(test::shipped_model(name), kv).value();
}
Bytes at_context(const char* name, std::int64_t context) {
  return model::kv_bytes_at_context(test::shipped_model(name), KvDtype::Bf16, context);
}

// 2 · 151 936 · 5120 + 64 · (5120 · (64 + 2 · 8) · 128 + 64 · 128 · 5120 + 3 · 5120 · 25 600)
//   = 1.556 + 64 · (0.0524 + 0.0419 + 0.3932) = 32.76 B.
TEST(CatalogueParameters, DenseModelsHaveThePublishedNumber) {
  EXPECT_TRUE(is_near(total("qwen3-32b"), 32.76, 0.005));
  // The same formula; the model cards and the sizes of the checkpoints.
  EXPECT_TRUE(is_near(total("llama-2-70b"), 68.98, 0.005));
  EXPECT_TRUE(is_near(total("mistral-7b-v0.3"), 7.248, 0.005));
  EXPECT_TRUE(is_near(total("mistral-large-123b"), 122.6, 0.005));
  EXPECT_TRUE(is_near(total("qwen2.5-72b"), 72.7, 0.005));
  EXPECT_TRUE(is_near(total("phi-4"), 14.66, 0.005));
}

// 128 256 · 2048 once, not twice, + 16 · (2048 · (32 + 2 · 8) · 64 + 2048 · 2048 + 3 · 2048 · 8192)
//   = 0.263 + 0.973 = 1.236 B; with a second matrix for lm_head it would be 1.50 B.
TEST(CatalogueParameters, TiedEmbeddingsCountOnce) {
  EXPECT_TRUE(is_near(total("llama-3.2-1b"), 1.23, 0.01));
  EXPECT_TRUE(is_near(total("llama-3.2-3b"), 3.21, 0.005));
  EXPECT_TRUE(is_near(total("qwen2.5-0.5b"), 0.494, 0.005));
  EXPECT_TRUE(is_near(total("qwen3-0.6b"), 0.596, 0.005));
  // Gemma reports, embedding and rest: 0.918 + 8.324, 1.180 + 26.047 and 1.416 + 25.600 B.
  EXPECT_TRUE(is_near(total("gemma-2-9b"), 9.242, 0.005));
  EXPECT_TRUE(is_near(total("gemma-2-27b"), 27.227, 0.005));
  EXPECT_TRUE(is_near(total("gemma-3-27b"), 27.016, 0.005));
}

// Two matrices per FFN, 50 272 + 2048 rows of 7168: 0.375 + 48 · (4 + 2 · 4) · 7168² = 29.97 B.
TEST(CatalogueParameters, UngatedModelsWithLearnedPositions) {
  EXPECT_TRUE(is_near(total("opt-30b"), 29.97, 0.005));
  // 49 152 + 8192 rows, one KV head: 0.352 + 40 · (6144 · 50 · 128 + 6144² + 2 · 6144 · 24 576).
  EXPECT_TRUE(is_near(total("starcoder-15b"), 15.5, 0.005));
}

// 2 · 151 936 · 4096 + 94 · (4096 · (64 + 2 · 4) · 128 + 64 · 128 · 4096 + 4096 · 128
//   + experts · 3 · 4096 · 1536): 235.09 B with 128 experts, 22.19 B with the 8 of a token.
TEST(CatalogueParameters, OfTheExpertsATokenUsesItsOwn) {
  EXPECT_TRUE(is_near(total("qwen3-235b-a22b"), 235.1, 0.005));
  EXPECT_TRUE(is_near(active("qwen3-235b-a22b"), 22.19, 0.005));
  EXPECT_TRUE(is_near(total("qwen3-30b-a3b"), 30.5, 0.005));
  EXPECT_TRUE(is_near(active("qwen3-30b-a3b"), 3.35, 0.005));
  // Mixtral of Experts (arXiv:2401.04088): "47B parameters, but only uses 13B".
  EXPECT_TRUE(is_near(total("mixtral-8x7b"), 46.7, 0.005));
  EXPECT_TRUE(is_near(active("mixtral-8x7b"), 12.9, 0.005));
}

// 2 · 201 088 · 2880 + 36 · (2880 · (64 + 2 · 8) · 64 + 64 · 64 · 2880 + 128 · 3 · 2880² + 2880 ·
// 128) = 116.79 B. OpenAI's 5.13 B active leave out the embedding of 201 088 · 2880 = 0.58 B.
TEST(CatalogueParameters, GptOssAsItsModelCardCounts) {
  EXPECT_TRUE(is_near(total("gpt-oss-120b"), 116.79, 0.005));
  EXPECT_TRUE(is_near(active("gpt-oss-120b") - 0.579, 5.13, 0.005));
  EXPECT_TRUE(is_near(total("gpt-oss-20b"), 20.91, 0.005));
  EXPECT_TRUE(is_near(active("gpt-oss-20b") - 0.579, 3.61, 0.005));
}

// DeepSeek-V2 (arXiv:2405.04434): 236 B, 21 B active. MLA of one layer: 5120 · 1536 + 1536 · 128 ·
// 192 + 5120 · 576 + 512 · 128 · 256 + 128 · 128 · 5120 = 149.2 M; 59 layers of 162 experts.
TEST(CatalogueParameters, LatentAttentionWithExperts) {
  EXPECT_TRUE(is_near(total("deepseek-v2"), 235.7, 0.005));
  EXPECT_TRUE(is_near(total("deepseek-v2-lite"), 15.7, 0.005));
  EXPECT_TRUE(is_near(total("kimi-k2"), 1026, 0.005));
  // V3 and 61 indexers: 1536 · 64 · 128 + 7168 · 128 + 7168 · 64 = 14.0 M each.
  EXPECT_TRUE(is_near(total("deepseek-v3.2"), 671.0 + 61 * 0.01396, 0.001));
  // GLM-5: "744B parameters (40B active)", embedding and lm_head apart.
  EXPECT_TRUE(is_near(total("glm-5"), 744, 0.005));
}

// "Maverick: 400B total, 17B active": every second layer has a dense FFN of 16 384.
TEST(CatalogueParameters, AlternatingDenseAndSparseLayers) {
  EXPECT_TRUE(is_near(total("llama-4-maverick"), 400, 0.005));
  EXPECT_TRUE(is_near(active("llama-4-maverick"), 17.2, 0.005));
  // Scout's 109 B have a vision tower of 0.9 B.
  EXPECT_TRUE(is_near(total("llama-4-scout") + 0.9, 109, 0.005));
}

TEST(CatalogueParameters, HybridsOfStateAndAttention) {
  // Gated delta net: 2048 · (2 · 2048 + 2 · 4096) + 2048 · 64 + 8192 · 4 + 4096 · 2048 = 33.7 M.
  EXPECT_TRUE(is_near(total("qwen3-next-80b-a3b"), 80, 0.01));
  // Mamba-2: 2688 · (2 · 4096 + 2048 + 64) + 4096 · 2688 + 6144 · 4 = 38.7 M.
  EXPECT_TRUE(is_near(total("nemotron-3-nano-30b-a3b"), 31.6, 0.005));
  EXPECT_TRUE(is_near(active("nemotron-3-nano-30b-a3b"), 3.6, 0.01));
  EXPECT_TRUE(is_near(total("granite-4.0-h-small"), 32.2, 0.005));
  // Lightning: 6144 · 8192 · (3 + 1 + 1) = 251.7 M. The paper's 45.9 B active leave out embedding
  // and lm_head, 2 · 200 064 · 6144 = 2.46 B.
  EXPECT_TRUE(is_near(total("minimax-text-01"), 456, 0.005));
  EXPECT_TRUE(is_near(active("minimax-text-01") - 2.458, 45.9, 0.005));
  // KDA: 4 · 2304 · 4096 + 3 · 4096 · 4 + 2 · (2304 · 128 + 128 · 4096) + 2304 · 32 = 39.5 M.
  EXPECT_TRUE(is_near(total("kimi-linear-48b-a3b"), 49.1, 0.005));
}

TEST(CatalogueParameters, LayersThatShareKvHaveNoProjectionOfTheirOwn) {
  // Hunyuan-Large (arXiv:2411.02265): "389 billion parameters and 52 billion activation".
  // 129 024 · 6400 + 64 · (2 · 6400² + 6400 · 16 + 17 · 3 · 6400 · 18 304) + 32 · 6400 · 1280.
  EXPECT_TRUE(is_near(total("hunyuan-large"), 388.70, 0.0001));
  EXPECT_TRUE(is_near(active("hunyuan-large"), 52, 0.015));
  // 262 400 · 2048 + 35 · (2 · 2048² + 3 · 2048 · 16 384) + 20 · 2048 · 1024 + per-layer inputs
  // 262 144 · 35 · 256 + 2048 · 35 · 256 + 35 · 2 · 2048 · 256 = 6.800 B.
  EXPECT_TRUE(is_near(total("gemma-3n-e4b"), 6.800, 0.0001));
}

TEST(CatalogueParameters, WidthsThatDifferBetweenLayers) {
  // MiMo-V2-Flash: "309B total, 15B active"; Gemma 4: "25.2B total, 3.8B active".
  EXPECT_TRUE(is_near(total("mimo-v2-flash"), 309, 0.005));
  EXPECT_TRUE(is_near(total("gemma-4-26b-a4b"), 25.2, 0.005));
  EXPECT_TRUE(is_near(active("gemma-4-26b-a4b"), 3.8, 0.01));
}

// layers · KV heads · head_dim · 2 (K and V) · 2 B.
TEST(CatalogueKv, GroupedQueries) {
  EXPECT_EQ(per_token("qwen2.5-72b"), 80 * 8 * 128 * 4);  // 327 680: ISCA'25, 327.680 KB
  EXPECT_EQ(per_token("qwen3-32b"), 64 * 8 * 128 * 4);
  EXPECT_EQ(per_token("qwen3-235b-a22b"), 94 * 4 * 128 * 4);
  EXPECT_EQ(per_token("mixtral-8x7b"), 32 * 8 * 128 * 4);
  EXPECT_EQ(per_token("qwen3-30b-a3b"), 96 << 10);  // 48 · 4 · 128 · 4; InferSim README: 96 KB
  EXPECT_EQ(constant("qwen3-30b-a3b"), 0);
  // Mooncake's benchmark: 4.50 GiB for 32 768 tokens, 36 · 8 · 128 · 4 B each.
  EXPECT_EQ(at_context("qwen3-8b", 32'768), 4608_MiB);
}

// One KV head of 64 for 71 query heads: 32 · 1 · 64 · 4 B.
TEST(CatalogueKv, OneHeadForAllQueries) {
  EXPECT_EQ(per_token("falcon-7b"), 8192);
  EXPECT_EQ(per_token("starcoder-15b"), 40 * 128 * 4);
}

// 61 layers · (512 + 64) · 2 B; FlashMLA's fp8 layout has 512 + 4 · 4 + 64 · 2 = 656 B instead.
TEST(CatalogueKv, Latents) {
  EXPECT_EQ(at_context("deepseek-v3", 1 << 20), 70'272_MiB);  // 68.625 GiB at 1 M tokens
  EXPECT_EQ(per_token("deepseek-v3", KvDtype::Fp8DsMla), 40'016);
  EXPECT_EQ(per_token("kimi-k2"), 70'272);
  // The indexer's key, 128 e4m3 and one fp32 scale, whatever the format of the latent.
  EXPECT_EQ(per_token("deepseek-v3.2"), 61 * (1152 + 132));
  EXPECT_EQ(per_token("deepseek-v3.2", KvDtype::Fp8DsMla), 61 * (656 + 132));
  EXPECT_EQ(per_token("glm-5"), 78 * (1152 + 132));
}

// "93.3 % less than DeepSeek 67B" (arXiv:2405.04434) is the ratio of a 6-bit cache to a bf16 one:
// 60 · 576 · 6 / (95 · 2 · 8 · 128 · 16) = 0.0666. In the same format it is 82.2 %.
TEST(CatalogueKv, DeepseekV2SavesLessThanItsHeadline) {
  const double deepseek_67b = 95 * 8 * 128 * 4;
  EXPECT_EQ(per_token("deepseek-v2"), 60 * 576 * 2);
  EXPECT_NEAR(1 - static_cast<double>(per_token("deepseek-v2")) / deepseek_67b, 0.822, 0.0005);
}

// Full layers grow by 2 · heads · dim · 2 B a token, window layers hold as much for W tokens.
TEST(CatalogueKv, Windows) {
  EXPECT_EQ(per_token("gpt-oss-120b"), 18 * 8 * 64 * 4);  // 36 864
  EXPECT_EQ(constant("gpt-oss-120b"), 128 * 36'864);      // 4.7 MB
  EXPECT_EQ(per_token("gpt-oss-20b"), 24'576);
  EXPECT_EQ(constant("gpt-oss-20b"), 128 * 24'576);
  EXPECT_EQ(per_token("gemma-2-9b"), 21 * 8 * 256 * 4);  // 172 032
  EXPECT_EQ(constant("gemma-2-9b"), 4096 * 172'032);     // 705 MB
  EXPECT_EQ(per_token("gemma-2-27b"), 23 * 16 * 128 * 4);
  EXPECT_EQ(constant("gemma-2-27b"), 4096 * 188'416);
  EXPECT_EQ(per_token("gemma-3-4b"), 5 * 4 * 256 * 4);
  EXPECT_EQ(constant("gemma-3-4b"), 1024 * 29 * 4 * 256 * 4);
  EXPECT_EQ(per_token("gemma-3-27b"), 10 * 16 * 128 * 4);        // 81 920
  EXPECT_EQ(constant("gemma-3-27b"), 1024 * 52 * 16 * 128 * 4);  // 436 MB
  // Every layer has a window: nothing grows beyond 4096 tokens.
  EXPECT_EQ(per_token("mistral-7b-v0.1"), 0);
  EXPECT_EQ(constant("mistral-7b-v0.1"), 512 << 20);
  EXPECT_EQ(at_context("mistral-7b-v0.1", 1000), Bytes(1000 * 131'072));
  EXPECT_EQ(at_context("mistral-7b-v0.1", 100'000), 512_MiB);
}

TEST(CatalogueKv, WindowsWithWidthsOfTheirOwn) {
  EXPECT_EQ(per_token("gemma-4-26b-a4b"), 5 * 2 * 512 * 4);  // K and V, though one projection
  EXPECT_EQ(constant("gemma-4-26b-a4b"), 1024 * 25 * 8 * 256 * 4);
  EXPECT_EQ(per_token("mimo-v2-flash"), 9 * 4 * (192 + 128) * 2);
  EXPECT_EQ(constant("mimo-v2-flash"), 128 * 39 * 8 * (192 + 128) * 2);
}

// 36 of 48 layers keep the chunk of 8192 tokens that they are in: after 10 000 tokens 1808 of it.
TEST(CatalogueKv, Chunks) {
  EXPECT_EQ(per_token("llama-4-maverick"), 12 * 8 * 128 * 4);  // 49 152
  EXPECT_EQ(constant("llama-4-maverick"), 8192LL * 147'456);   // 1208 MB
  EXPECT_EQ(at_context("llama-4-maverick", 10'000), Bytes(10'000LL * 49'152 + 1808LL * 147'456));
}

TEST(CatalogueKv, LayersThatShareOneCache) {
  // Gemma 3n: of the first 20 layers 4 are full and 16 see 512 tokens.
  EXPECT_EQ(per_token("gemma-3n-e4b"), 4 * 2 * 256 * 4);        // 8192
  EXPECT_EQ(constant("gemma-3n-e4b"), 512 * 16 * 2 * 256 * 4);  // 16.8 MB
  EXPECT_EQ(per_token("hunyuan-large"), 64 / 2 * 8 * 80 * 4);
  // YOCO: one full layer of 26 stores; 13 layers of 24 heads keep 1024 tokens.
  EXPECT_EQ(per_token("yoco-3b"), 1 * 8 * 128 * 4);
  EXPECT_EQ(constant("yoco-3b"), 1024 * 13 * 24 * 128 * 4);
}

// Keys of 192 and values of 128 for the selected branch, one more of both per 16 tokens for the
// compressed branch, and a window of 512 of its own (arXiv:2502.11089).
TEST(CatalogueKv, NativeSparseAttentionStoresThreeCopies) {
  EXPECT_EQ(per_token("nsa-27b"), 30 * 4 * (192 + 128) * 2 * 17 / 16);
  EXPECT_EQ(constant("nsa-27b"), 512 * 30 * 4 * (192 + 128) * 2);
}

// A state and the last inputs of a short convolution, whatever the length of the sequence.
TEST(CatalogueKv, States) {
  EXPECT_EQ(per_token("qwen3-next-80b-a3b"), 12 * 2 * 256 * 4);  // 24 576
  // (2 · 16 · 128 + 32 · 128) · 3 · 2 B + 32 · 128 · 128 · 4 B, 36 layers: 77.3 MB.
  EXPECT_EQ(constant("qwen3-next-80b-a3b"), 36 * (8192 * 3 * 2 + 32 * 128 * 128 * 4));
  EXPECT_EQ(per_token("nemotron-3-nano-30b-a3b"), 6 * 2 * 128 * 4);
  // (64 · 64 + 2 · 8 · 128) · 3 · 2 B + 64 · 64 · 128 · 4 B, 23 layers: 49.1 MB.
  EXPECT_EQ(constant("nemotron-3-nano-30b-a3b"), 23 * (6144 * 3 * 2 + 64 * 64 * 128 * 4));
  EXPECT_EQ(per_token("kimi-linear-48b-a3b"), 7 * 576 * 2);  // 8064
  // 3 · 32 · 128 · 3 · 2 B + 32 · 128 · 128 · 4 B, 20 layers: 43.4 MB.
  EXPECT_EQ(constant("kimi-linear-48b-a3b"), 20 * (12'288 * 3 * 2 + 32 * 128 * 128 * 4));
  // Lightning attention has no convolution and, in vLLM, a state in bf16.
  EXPECT_EQ(constant("minimax-text-01"), 70 * 64 * 128 * 128 * 2);
  // One state from the first token on.
  EXPECT_EQ(at_context("kimi-linear-48b-a3b", 1), Bytes(43'417'600 + 8064));
}

// nvfp4: half a byte and 1/16 B of scale per value, 0.5625 B where bf16 has 2. fp8: half of bf16.
TEST(CatalogueKv, NarrowFormats) {
  EXPECT_EQ(per_token("llama-3.1-8b", KvDtype::Nvfp4), 36'864);
  EXPECT_EQ(per_token("qwen3-32b", KvDtype::Nvfp4), 73'728);
  EXPECT_EQ(per_token("gpt-oss-120b", KvDtype::Fp8), 18'432);
  EXPECT_EQ(constant("gpt-oss-120b", KvDtype::Fp8), 128 * 18'432);
  // The state keeps its own format.
  EXPECT_EQ(constant("kimi-linear-48b-a3b", KvDtype::Fp8), 43'417'600);
}

// A prefill of very many tokens reads every weight of every shipped model once: what is held is
// what is read. Embeddings are gathered by rows; of sparse MLA the absorbed copies stand for
// kv_b_proj.
TEST(Catalogue, PrefillReadsAllTheWeightsThatAreHeld) {
  for (const spec::ModelSpec& model : config::load_models(test::shipped_library())) {
    std::int64_t held = 0;
    for (const model::Matrix& matrix : model::weight_matrices(model, {})) {
      const bool gathered = matrix.name.starts_with("embed_");
      const bool absorbed = model.attention.indexer && matrix.name == "attention.kv_b_proj";
      held += gathered || absorbed ? 0 : model::bytes(matrix);
    }
    held += model.tie_word_embeddings
                ? spec::bytes_of(model.dtype, model.vocab_size * model.hidden_size)
                : 0;
    std::int64_t read = 0;
    const model::BatchShape batch = test::prefill_batch(1 << 24);
    for (const model::Operator& op : model::build_step(model, {}, spec::KvDtype::Bf16).operators) {
      const bool absorbed = model.attention.indexer &&
                            (op.name.ends_with("absorb_w_uk") || op.name.ends_with("apply_w_uv"));
      read += absorbed ? 0 : op.calls * model::weight_bytes_read(op, batch);
    }
    EXPECT_EQ(read, held) << model.name;
  }
}

}  // namespace
}  // namespace kvsim
