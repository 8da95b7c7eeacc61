// The shape of a decoder model, in the words of Hugging Face's config.json.
#pragma once

#include <optional>
#include <string>

#include "sim/spec/dtype.hpp"
#include "sim/spec/field_visitor.hpp"

namespace kvsim::spec {

enum class AttentionVariant { Mha, Gqa, Mqa, Mla };
inline constexpr std::array<std::string_view, 4> kAttentionVariantNames = {"mha", "gqa", "mqa",
                                                                           "mla"};

/// MHA, GQA and MQA use num_key_value_heads and head_dim; MLA uses the rest.
struct AttentionSpec {
  AttentionVariant variant = AttentionVariant::Mha;
  std::int64_t num_key_value_heads = 0;  ///< GQA only; MHA has one per query head, MQA one
  std::int64_t head_dim = 0;
  std::int64_t kv_lora_rank = 0;  ///< width of the latent that MLA caches
  std::int64_t q_lora_rank = 0;   ///< 0: queries are projected directly
  std::int64_t qk_nope_head_dim = 0;
  std::int64_t qk_rope_head_dim = 0;  ///< rotary key, one for all heads, cached beside the latent
  std::int64_t v_head_dim = 0;
};

struct MoeSpec {
  std::int64_t n_routed_experts = 0;
  std::int64_t num_experts_per_tok = 0;
  std::int64_t moe_intermediate_size = 0;
  std::int64_t n_shared_experts = 0;
  std::int64_t first_k_dense_replace = 0;  ///< this many leading layers have a dense FFN
};

struct ModelSpec {
  std::string name;
  std::string source;
  std::int64_t num_hidden_layers = 0;
  std::int64_t hidden_size = 0;
  std::int64_t num_attention_heads = 0;
  std::int64_t intermediate_size = 0;
  std::int64_t vocab_size = 0;
  std::int64_t max_position_embeddings = 0;
  bool tie_word_embeddings = false;
  bool gated_mlp = true;             ///< SwiGLU and friends: three matrices, not two
  Dtype dtype = Dtype::Bf16;         ///< activations, embedding, lm_head
  Dtype weight_dtype = Dtype::Bf16;  ///< matrices of the decoder layers
  AttentionSpec attention;
  std::optional<MoeSpec> moe;
};

/// KV heads before tensor parallelism (1 for MLA: one latent serves all heads).
[[nodiscard]] std::int64_t kv_heads(const ModelSpec& model);

void describe(FieldVisitor& visitor, AttentionSpec& attention);
void describe(FieldVisitor& visitor, MoeSpec& moe);
void describe(FieldVisitor& visitor, ModelSpec& model);

}  // namespace kvsim::spec
