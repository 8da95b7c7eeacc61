// KV bytes per token of the shipped models, against paper and publication.
#include <gtest/gtest.h>

#include "library.hpp"
#include "shapes.hpp"
#include "sim/model/kv_bytes.hpp"

namespace kvsim {
namespace {

using namespace kvsim::literals;
using spec::AttentionVariant;

BytesPerToken bf16_bytes(const spec::ModelSpec& model) {
  return model::kv_bytes_per_token(model, spec::KvDtype::Bf16);
}

// 61 layers · (512 latent + 64 rope) · 2 B = 70 272 B: keys and values share one vector, and the
// rope dims are neither dropped nor multiplied by the heads (ISCA'25 DeepSeek-V3: 70.272 KB).
TEST(KvBytes, DeepseekV3Needs70272PerToken) {
  EXPECT_EQ(bf16_bytes(test::shipped_model("deepseek-v3")), 70'272_B / 1_tok);
}

// 126 layers · 8 KV heads · 128 dim · 2 (K and V) · 2 B = 516 096 B (ISCA'25: 516.096 KB).
TEST(KvBytes, Llama405bNeeds516096PerToken) {
  EXPECT_EQ(bf16_bytes(test::shipped_model("llama-3.1-405b")), 516'096_B / 1_tok);
}

// 32 layers · 8 KV heads · 128 dim · 2 · 2 B = 131 072 B = 128 KiB.
TEST(KvBytes, Llama8bNeeds128KiBPerToken) {
  EXPECT_EQ(bf16_bytes(test::shipped_model("llama-3.1-8b")), 128_KiB / 1_tok);
}

// 80 layers · 8 KV heads · 128 dim · 2 · 2 B = 327 680 B = 320 KiB.
TEST(KvBytes, Llama70bNeeds320KiBPerToken) {
  EXPECT_EQ(bf16_bytes(test::shipped_model("llama-3.1-70b")), 320_KiB / 1_tok);
}

// MHA: 32 layers · 32 heads · 128 dim · 2 · 2 B = 524 288 B = 512 KiB.
TEST(KvBytes, Llama2Needs512KiBPerToken) {
  EXPECT_EQ(bf16_bytes(test::shipped_model("llama-2-7b")), 512_KiB / 1_tok);
}

// One shape, four variants, 128 heads of 128: 65 536, 4 096, 512 and 1 152 B per token and layer.
TEST(KvBytes, VariantsOfOneShapeDifferByTheirHeads) {
  const auto per_layer = [](AttentionVariant variant, std::int64_t heads) {
    return bf16_bytes(test::with_attention(test::deepseek_v3(), variant, heads)).value() / 61;
  };
  EXPECT_EQ(per_layer(AttentionVariant::Mha, 0), 2 * 128 * 128 * 2);
  EXPECT_EQ(per_layer(AttentionVariant::Gqa, 8), 2 * 8 * 128 * 2);
  EXPECT_EQ(per_layer(AttentionVariant::Mqa, 0), 2 * 1 * 128 * 2);
  EXPECT_EQ(per_layer(AttentionVariant::Mla, 0), (512 + 64) * 2);
}

TEST(KvBytes, Fp8HalvesThem) {
  const spec::ModelSpec model = test::llama_8b();
  EXPECT_EQ(model::kv_bytes_per_token(model, spec::KvDtype::Fp8), 64_KiB / 1_tok);
}

// 8 KV heads on 2, 8 and 16 GPUs: 4, 1 and 1 heads each, so 16 GPUs hold two copies.
TEST(KvBytes, KvHeadsReplicateBeyondTheirNumber) {
  const spec::ModelSpec model = test::llama_405b();
  const auto per_gpu = [&](std::int64_t tp) {
    return model::kv_bytes_per_token_per_gpu(model, spec::KvDtype::Bf16, {.tensor = tp}).value();
  };
  EXPECT_EQ(per_gpu(2) * 2, 516'096);
  EXPECT_EQ(per_gpu(8) * 8, 516'096);
  EXPECT_EQ(per_gpu(16) * 16, 2 * 516'096);
}

TEST(KvBytes, EveryGpuStoresTheWholeLatent) {
  const spec::ModelSpec model = test::deepseek_v3();
  EXPECT_EQ(model::kv_bytes_per_token_per_gpu(model, spec::KvDtype::Bf16, {.tensor = 8}),
            70'272_B / 1_tok);
}

}  // namespace
}  // namespace kvsim
