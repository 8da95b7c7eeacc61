// Stored and read bytes of the younger attention variants, against paper and publication.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "library.hpp"
#include "shapes.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/model/kv_format.hpp"
#include "sim/model/layers.hpp"
#include "sim/spec/contradictions.hpp"

namespace kvsim {
namespace {

using spec::AttentionVariant;
using spec::KvDtype;

std::int64_t per_token(const spec::ModelSpec& model, KvDtype kv) {
  return model::kv_bytes_per_token(model, kv).value();
}

// One head of 128: 256 B in bf16; 128 e4m3; 128 + 4 B of scale; 64 + (128/g)·4 B of scale and zero;
// 64 + 128/16 B of scales.
TEST(KvFormats, CountTheirScales) {
  const auto bytes = [](KvDtype kv) { return model::vector_bytes(kv, 1, 128); };
  EXPECT_EQ(bytes(KvDtype::Bf16), 256);
  EXPECT_EQ(bytes(KvDtype::Fp8), 128);
  EXPECT_EQ(bytes(KvDtype::Fp8PerTokenHead), 132);
  EXPECT_EQ(bytes(KvDtype::Int8PerTokenHead), 132);
  EXPECT_EQ(bytes(KvDtype::Int4Group32), 64 + 4 * 4);
  EXPECT_EQ(bytes(KvDtype::Int4Group128), 64 + 4);
  EXPECT_EQ(bytes(KvDtype::Nvfp4), 64 + 8);
}

// 512 e4m3 + 4 fp32 scales + 64 bf16 = 656 B (FlashMLA); 61 layers: 40 016 B.
TEST(KvFormats, FlashMlaLayoutHas656Bytes) {
  EXPECT_EQ(per_token(test::deepseek_v3(), KvDtype::Fp8DsMla), 61 * 656);
}

// DeepSeek-V3.2: 61 · (1152 + 128 + 4) = 78 324 B in bf16 and 61 · (656 + 132) = 48 068 B where the
// sparse kernels read fp8. A step reads at most 2048 latents, but every indexer key.
TEST(SparseMla, StoresIndexerKeysAndReadsTheBest) {
  const spec::ModelSpec model = test::shipped_model("deepseek-v3.2");
  EXPECT_EQ(per_token(model, KvDtype::Bf16), 78'324);
  EXPECT_EQ(per_token(model, spec::resolve(KvDtype::Fp8, model)), 48'068);
  const auto read = [&](std::int64_t context) {
    return model::kv_bytes_read_per_step(model, KvDtype::Bf16, {}, context).value() / 61;
  };
  EXPECT_EQ(read(1000), 1000 * (1152 + 132));
  EXPECT_EQ(read(100'000), 2048 * 1152 + 100'000 * 132);
}

// Sparse fp8 reads 132 B per cached key and 656 B per chosen row, of at most 2048 rows. Up to 2048
// tokens that is 788 B a token: less than 1152 B of dense bf16, more than 656 B of dense fp8.
// Beyond, 132 L + 2048 · 656 < 656 L from L = 2048 · 656 / 524 = 2563.9 on. (PHYSICS 2.1 counts
// 2048 rows even where fewer are cached, which puts the first break-even at 1317; a row that is not
// there is not read.)
TEST(SparseMla, ReadsLessThanDenseBeyondTheBreakEven) {
  const spec::ModelSpec sparse = test::shipped_model("deepseek-v3.2");
  spec::ModelSpec dense = sparse;
  dense.attention.indexer.reset();
  const auto read = [](const spec::ModelSpec& model, KvDtype kv, std::int64_t context) {
    return model::kv_bytes_read_per_step(model, kv, {}, context).value();
  };
  const auto wins_at = [&](KvDtype dense_format, std::int64_t context) {
    return read(sparse, KvDtype::Fp8DsMla, context) < read(dense, dense_format, context);
  };
  EXPECT_TRUE(wins_at(KvDtype::Bf16, 1));
  EXPECT_FALSE(wins_at(KvDtype::Fp8DsMla, 2048));
  EXPECT_FALSE(wins_at(KvDtype::Fp8DsMla, 2563));
  EXPECT_TRUE(wins_at(KvDtype::Fp8DsMla, 2564));
}

// arXiv:2502.11089: S/16 + 16·64 + 512 tokens are read: 2048 at 8k, 2560 at 16k, 5632 at 64k.
TEST(NativeSparse, ReadsTheTokensOfThePaper) {
  spec::ModelSpec model = test::llama_8b();
  model.attention.nsa = spec::NsaSpec{};
  const auto tokens = [&](std::int64_t context) {
    return model::kv_bytes_read_per_step(model, KvDtype::Bf16, {}, context).value() / 131'072;
  };
  EXPECT_EQ(tokens(8 << 10), 2048);
  EXPECT_EQ(tokens(16 << 10), 2560);
  EXPECT_EQ(tokens(64 << 10), 5632);
  // Stored: full keys and values, one compressed pair per 16 tokens, and a window of 512.
  EXPECT_EQ(per_token(model, KvDtype::Bf16), 131'072 + 131'072 / 16);
  EXPECT_EQ(model::kv_bytes_per_sequence_constant(model, KvDtype::Bf16).value(), 512 * 131'072);
}

// Two of four layers own a cache, four read: CLA with factor 2.
TEST(SharedCaches, HalveTheStoredNotTheReadBytes) {
  spec::ModelSpec model = test::llama_8b();
  model.cla_share_factor = 2;
  EXPECT_EQ(per_token(model, KvDtype::Bf16), 131'072 / 2);
  EXPECT_EQ(model::kv_bytes_read_per_step(model, KvDtype::Bf16, {}, 10).value(), 10 * 131'072);
}

// A state is read and written once per step, whatever the context: 2 · 77 266 944 B for Qwen3-Next
// (48 layers, every fourth attends to everything with 2 KV heads of 256: 24 576 B per token).
TEST(LinearAttention, TrafficDoesNotGrowWithContext) {
  const spec::ModelSpec model = test::shipped_model("qwen3-next-80b-a3b");
  const auto read = [&](std::int64_t context) {
    return model::kv_bytes_read_per_step(model, KvDtype::Bf16, {}, context).value();
  };
  EXPECT_EQ(read(1000) - read(1), 999 * 24'576);
  EXPECT_EQ(read(1) - 24'576, 2 * 77'266'944);
}

// Stages of 61 layers over 4: 15, 15, 16, 15 (vLLM gives the remainder to the last but one).
TEST(Pipeline, LargestStageCounts) {
  const spec::ModelSpec model = test::deepseek_v3();
  const model::Parallel parallel{.tensor = 8, .pipeline = 4};
  EXPECT_EQ(model::kv_bytes_per_token_per_gpu(model, KvDtype::Bf16, parallel).value(), 16 * 1152);
}

// The latent's tokens dealt out over 8 ranks: an eighth each, where tensor ranks alone copy it.
TEST(ContextParallel, DealsOutWhatTensorRanksCopy) {
  const spec::ModelSpec model = test::deepseek_v3();
  const auto per_gpu = [&](std::int64_t context) {
    const model::Parallel parallel{.tensor = 8, .context = context};
    return model::kv_bytes_per_token_per_gpu(model, KvDtype::Bf16, parallel).value();
  };
  EXPECT_EQ(per_gpu(1), 70'272);
  EXPECT_EQ(per_gpu(8), 70'272 / 8);
}

spec::ModelSpec any_model() {
  const auto models = test::tiny_variants();
  return *rc::gen::elementOf(models);
}

RC_GTEST_PROP(KvProperties, BytesNeverFallWithContext, ()) {
  const spec::ModelSpec model = any_model();
  const auto context = *rc::gen::inRange<std::int64_t>(0, 10'000'000);
  const auto more = context + *rc::gen::inRange<std::int64_t>(0, 1000);
  if (model.name != "chunked" && model.name != "three kinds") {  // chunks start anew
    RC_ASSERT(model::kv_bytes_at_context(model, KvDtype::Bf16, context) <=
              model::kv_bytes_at_context(model, KvDtype::Bf16, more));
  }
  RC_ASSERT(model::kv_bytes_at_context(model, KvDtype::Bf16, context).value() >= 0);
}

RC_GTEST_PROP(KvProperties, BytesAreAdditiveOverLayers, ()) {
  spec::ModelSpec model = any_model();
  const auto context = *rc::gen::inRange<std::int64_t>(1, 100'000);
  std::int64_t sum = 0;
  for (const model::LayerClass& layers : model::layer_classes(model)) {
    spec::ModelSpec one = model;
    one.num_hidden_layers = 1;
    one.num_kv_shared_layers = 0;
    one.layer_types = {layers.type};
    const std::int64_t each = model::kv_bytes_at_context(one, KvDtype::Bf16, context).value();
    sum += layers.owns_kv ? layers.count * each : 0;
  }
  RC_ASSERT(sum == model::kv_bytes_at_context(model, KvDtype::Bf16, context).value());
}

// 10 M tokens of 10 000 sequences of any model in any variant stay within 64 bits.
TEST(KvProperties, NothingOverflowsAtTheLargestSizes) {
  constexpr std::int64_t kTokens = 10'000'000;
  for (const spec::ModelSpec& shipped : config::load_models(test::shipped_library())) {
    for (const auto variant : {shipped.attention.variant, AttentionVariant::Mha}) {
      const bool same = variant == shipped.attention.variant;
      const spec::ModelSpec model = same ? shipped : test::with_attention(shipped, variant);
      const Int128 exact =
          Int128{10'000} * model::kv_bytes_at_context(model, KvDtype::Bf16, kTokens).value();
      EXPECT_GT(exact, 0) << model.name;
      EXPECT_LT(exact, Int128{std::numeric_limits<std::int64_t>::max()}) << model.name;
    }
  }
}

RC_GTEST_PROP(KvProperties, MqaIsAtMostGqaIsAtMostMha, ()) {
  spec::ModelSpec model = test::llama_405b();
  const auto kv_heads = *rc::gen::element<std::int64_t>(1, 2, 4, 8, 16, 32, 64, 128);
  const auto kv = *rc::gen::element(KvDtype::Bf16, KvDtype::Fp8, KvDtype::Int8PerTokenHead,
                                    KvDtype::Int4Group64, KvDtype::Nvfp4);
  const auto bytes = [&](AttentionVariant variant) {
    return per_token(test::with_attention(model, variant, kv_heads), kv);
  };
  RC_ASSERT(bytes(AttentionVariant::Mqa) <= bytes(AttentionVariant::Gqa));
  RC_ASSERT(bytes(AttentionVariant::Gqa) <= bytes(AttentionVariant::Mha));
}

RC_GTEST_PROP(KvProperties, GpusTogetherStoreAtLeastOneCopy, ()) {
  spec::ModelSpec model = test::llama_405b();
  const auto kv_heads = *rc::gen::element<std::int64_t>(1, 2, 4, 8, 16, 32);
  const auto variant =
      *rc::gen::element(AttentionVariant::Mha, AttentionVariant::Gqa, AttentionVariant::Mqa);
  model = test::with_attention(model, variant, kv_heads);
  spec::EngineSpec engine = test::engine();
  engine.tensor_parallel_size = *rc::gen::element<std::int64_t>(1, 2, 4, 8, 16);
  RC_PRE(spec::contradictions(model, engine).empty());
  const std::int64_t per_gpu =
      model::kv_bytes_per_token_per_gpu(model, KvDtype::Bf16, model::parallel_of(engine)).value();
  RC_ASSERT(per_gpu * engine.tensor_parallel_size >= per_token(model, KvDtype::Bf16));
}

}  // namespace
}  // namespace kvsim
