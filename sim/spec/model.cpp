#include "sim/spec/model.hpp"

namespace kvsim::spec {
namespace {

FieldInfo count(std::string_view key, std::string_view help) {
  return at_least(required(key, help), 1);
}

void describe_mla(FieldVisitor& visitor, AttentionSpec& attention) {
  visitor.field(count("kv_lora_rank", "width of the cached latent"), attention.kv_lora_rank);
  visitor.field(at_least(optional("q_lora_rank", "width of the query latent; 0: none"), 0),
                attention.q_lora_rank);
  visitor.field(count("qk_nope_head_dim", "query and key width without position"),
                attention.qk_nope_head_dim);
  visitor.field(count("qk_rope_head_dim", "rotary width, cached once for all heads"),
                attention.qk_rope_head_dim);
  visitor.field(count("v_head_dim", "value width per head"), attention.v_head_dim);
}

}  // namespace

std::int64_t kv_heads(const ModelSpec& model) {
  switch (model.attention.variant) {
    case AttentionVariant::Mha:
      return model.num_attention_heads;
    case AttentionVariant::Gqa:
      return model.attention.num_key_value_heads;
    case AttentionVariant::Mqa:
    case AttentionVariant::Mla:
      return 1;
  }
  return model.num_attention_heads;
}

void describe(FieldVisitor& visitor, AttentionSpec& attention) {
  visitor.choice_of(required("variant", "how keys and values are shared between heads"),
                    kAttentionVariantNames, attention.variant);
  if (visitor.applies(attention.variant == AttentionVariant::Gqa)) {
    visitor.field(count("num_key_value_heads", "groups of query heads that share a KV head"),
                  attention.num_key_value_heads);
  }
  if (visitor.applies(attention.variant != AttentionVariant::Mla)) {
    visitor.field(count("head_dim", "width of one head"), attention.head_dim);
  }
  if (visitor.applies(attention.variant == AttentionVariant::Mla)) {
    describe_mla(visitor, attention);
  }
}

void describe(FieldVisitor& visitor, MoeSpec& moe) {
  visitor.field(count("n_routed_experts", "experts to route to, per layer"), moe.n_routed_experts);
  visitor.field(count("num_experts_per_tok", "routed experts that each token uses"),
                moe.num_experts_per_tok);
  visitor.field(count("moe_intermediate_size", "hidden width of one expert"),
                moe.moe_intermediate_size);
  visitor.field(at_least(optional("n_shared_experts", "experts that every token uses"), 0),
                moe.n_shared_experts);
  visitor.field(at_least(optional("first_k_dense_replace", "leading layers with a dense FFN"), 0),
                moe.first_k_dense_replace);
  visitor.rule(moe.num_experts_per_tok <= moe.n_routed_experts, "num_experts_per_tok",
               "is larger than n_routed_experts", "a token cannot use more experts than exist");
}

void describe(FieldVisitor& visitor, ModelSpec& model) {
  visitor.field(required("name", "the model's name"), model.name);
  visitor.field(required("source", "where this shape comes from"), model.source);
  visitor.field(count("num_hidden_layers", "decoder layers"), model.num_hidden_layers);
  visitor.field(count("hidden_size", "width of the residual stream"), model.hidden_size);
  visitor.field(count("num_attention_heads", "query heads"), model.num_attention_heads);
  visitor.field(count("intermediate_size", "hidden width of the dense FFN"),
                model.intermediate_size);
  visitor.field(count("vocab_size", "tokens of the vocabulary"), model.vocab_size);
  visitor.field(count("max_position_embeddings", "longest context the model was made for"),
                model.max_position_embeddings);
  visitor.field(optional("tie_word_embeddings", "one matrix serves embedding and lm_head"),
                model.tie_word_embeddings);
  visitor.field(optional("gated_mlp", "three FFN matrices (SwiGLU) instead of two"),
                model.gated_mlp);
  visitor.choice_of(optional("dtype", "format of activations, embedding and lm_head"), kDtypeNames,
                    model.dtype);
  visitor.choice_of(optional("weight_dtype", "format of the decoder layers' matrices"), kDtypeNames,
                    model.weight_dtype);
  visitor.group(required("attention", "attention variant and its widths"), model.attention);
  visitor.optional_group(optional("moe", "mixture of experts; absent: every FFN is dense"),
                         model.moe);
  visitor.rule(model.attention.variant != AttentionVariant::Gqa ||
                   model.attention.num_key_value_heads == 0 ||
                   model.num_attention_heads % model.attention.num_key_value_heads == 0,
               "attention", "has num_key_value_heads that do not divide num_attention_heads",
               "every KV head serves the same number of query heads");
  visitor.rule(!is_fp8(model.dtype), "dtype", "must be bf16 or fp16: activations have it",
               "write weight_dtype: fp8 for quantised weights");
}

}  // namespace kvsim::spec
