#include "sim/spec/model.hpp"

#include <algorithm>

namespace kvsim::spec {
namespace {

FieldInfo count(std::string_view key, std::string_view help) {
  return at_least(required(key, help), 1);
}
FieldInfo optional_count(std::string_view key, std::string_view help) {
  return at_least(optional(key, help), 0);
}

template <class T>
T repeated(const std::vector<T>& pattern, std::int64_t index) {
  return pattern[static_cast<std::size_t>(index) % pattern.size()];
}

template <class T>
bool contains(const std::vector<T>& values, T value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool is_window(LayerType layer) { return layer == LayerType::Sliding; }

std::int64_t first_positive(std::int64_t preferred, std::int64_t otherwise) {
  return preferred > 0 ? preferred : otherwise;
}

void describe_heads(FieldVisitor& visitor, AttentionSpec& attention) {
  visitor.field(count("head_dim", "width of one head"), attention.head_dim);
  visitor.field(optional_count("swa_num_key_value_heads",
                               "KV heads of sliding layers; 0: as in the other layers"),
                attention.swa_num_key_value_heads);
  visitor.field(optional_count("swa_head_dim", "width of one head in sliding layers; 0: the same"),
                attention.swa_head_dim);
  visitor.field(optional_count("swa_v_head_dim", "value width in sliding layers; 0: the same"),
                attention.swa_v_head_dim);
  visitor.field(optional("attn_output_gate", "q_proj also yields a gate of the output"),
                attention.attn_output_gate);
  visitor.optional_group(optional("nsa", "native sparse attention in full_attention layers"),
                         attention.nsa);
}

void describe_mla(FieldVisitor& visitor, AttentionSpec& attention) {
  visitor.field(count("kv_lora_rank", "width of the cached latent"), attention.kv_lora_rank);
  visitor.field(optional_count("q_lora_rank", "width of the query latent; 0: none"),
                attention.q_lora_rank);
  visitor.field(count("qk_nope_head_dim", "query and key width without position"),
                attention.qk_nope_head_dim);
  visitor.field(count("qk_rope_head_dim", "rotary width, cached once for all heads"),
                attention.qk_rope_head_dim);
  visitor.optional_group(optional("indexer", "DeepSeek sparse attention on top of MLA"),
                         attention.indexer);
}

void describe_layers(FieldVisitor& visitor, ModelSpec& model) {
  visitor.choices_of(optional("layer_types",
                              "what each layer attends to; a list shorter than the model repeats; "
                              "absent: full_attention"),
                     kLayerTypeNames, model.layer_types);
  visitor.choices_of(
      optional("mlp_layer_types",
               "FFN of each layer, repeating; absent: first_k_dense_replace decides"),
      kMlpTypeNames, model.mlp_layer_types);
  visitor.field(optional_count("sliding_window", "tokens that a sliding layer attends to"),
                model.sliding_window);
  visitor.field(optional_count("attention_chunk_size",
                               "tokens of a chunk; chunked layers attend within their own"),
                model.attention_chunk_size);
  visitor.field(optional_count("num_kv_shared_layers",
                               "so many last layers read the KV cache of an earlier layer"),
                model.num_kv_shared_layers);
  visitor.field(
      at_least(optional("cla_share_factor", "so many consecutive layers share one KV cache"), 1),
      model.cla_share_factor);
}

void layer_rules(FieldVisitor& visitor, const ModelSpec& model) {
  const auto layers = static_cast<std::size_t>(std::max<std::int64_t>(0, model.num_hidden_layers));
  visitor.rule(layers == 0 || model.layer_types.size() <= layers, "layer_types",
               "has more items than num_hidden_layers",
               "give one per layer, or a pattern to repeat");
  visitor.rule(layers == 0 || model.mlp_layer_types.size() <= layers, "mlp_layer_types",
               "has more items than num_hidden_layers",
               "give one per layer, or a pattern to repeat");
  visitor.rule(!contains(model.layer_types, LayerType::Sliding) || model.sliding_window > 0,
               "sliding_window", "is needed by the sliding layers",
               "write how many tokens they attend to");
  visitor.rule(!contains(model.layer_types, LayerType::Chunked) || model.attention_chunk_size > 0,
               "attention_chunk_size", "is needed by the chunked layers",
               "write how many tokens a chunk has");
  visitor.rule(!contains(model.layer_types, LayerType::Linear) || model.linear_attention,
               "linear_attention", "is needed by the linear layers",
               "write the map linear_attention with kind and widths");
  visitor.rule(!contains(model.mlp_layer_types, MlpType::Sparse) || model.moe, "moe",
               "is needed by the sparse layers", "write the map moe with its experts");
  visitor.rule(layers == 0 || model.num_kv_shared_layers < model.num_hidden_layers,
               "num_kv_shared_layers", "leaves no layer that stores keys and values",
               "it must be less than num_hidden_layers");
}

bool has_dense_layer(const ModelSpec& model) {
  for (std::int64_t layer = 0; layer < model.num_hidden_layers; ++layer) {
    if (mlp_type(model, layer) == MlpType::Dense) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::int64_t kv_heads(const ModelSpec& model, LayerType layer) {
  const AttentionSpec& attention = model.attention;
  if (is_window(layer) && attention.swa_num_key_value_heads > 0 &&
      attention.variant != AttentionVariant::Mla) {
    return attention.swa_num_key_value_heads;
  }
  switch (attention.variant) {
    case AttentionVariant::Mha:
      return model.num_attention_heads;
    case AttentionVariant::Gqa:
      return attention.num_key_value_heads;
    case AttentionVariant::Mqa:
    case AttentionVariant::Mla:
      return 1;
  }
  return model.num_attention_heads;
}

std::int64_t key_width(const ModelSpec& model, LayerType layer) {
  const AttentionSpec& attention = model.attention;
  return first_positive(is_window(layer) ? attention.swa_head_dim : 0, attention.head_dim);
}

std::int64_t value_width(const ModelSpec& model, LayerType layer) {
  const AttentionSpec& attention = model.attention;
  if (is_window(layer) && attention.swa_v_head_dim > 0) {
    return attention.swa_v_head_dim;
  }
  const bool own_width = is_window(layer) && attention.swa_head_dim > 0;
  return own_width ? attention.swa_head_dim
                   : first_positive(attention.v_head_dim, attention.head_dim);
}

LayerType layer_type(const ModelSpec& model, std::int64_t layer) {
  return model.layer_types.empty() ? LayerType::Full : repeated(model.layer_types, layer);
}

MlpType mlp_type(const ModelSpec& model, std::int64_t layer) {
  if (!model.mlp_layer_types.empty()) {
    return repeated(model.mlp_layer_types, layer);
  }
  return model.moe && layer >= model.moe->first_k_dense_replace ? MlpType::Sparse : MlpType::Dense;
}

bool owns_kv(const ModelSpec& model, std::int64_t layer) {
  return layer < model.num_hidden_layers - model.num_kv_shared_layers &&
         layer % model.cla_share_factor == 0;
}

// vLLM turns fp8 into fp8_ds_mla where the sparse MLA kernels read it (config of DeepSeek V3.2).
KvDtype resolve(KvDtype kv, const ModelSpec& model) {
  const KvDtype resolved = resolve(kv, model.dtype);
  return model.attention.indexer && resolved == KvDtype::Fp8 ? KvDtype::Fp8DsMla : resolved;
}

std::int64_t shared_expert_width(const MoeSpec& moe) {
  return first_positive(moe.shared_expert_intermediate_size,
                        moe.n_shared_experts * moe.moe_intermediate_size);
}

void describe(FieldVisitor& visitor, IndexerSpec& indexer) {
  visitor.field(count("index_n_heads", "query heads of the indexer"), indexer.index_n_heads);
  visitor.field(count("index_head_dim", "width of the indexer's one cached key"),
                indexer.index_head_dim);
  visitor.field(count("index_topk", "tokens that attention then reads"), indexer.index_topk);
}

void describe(FieldVisitor& visitor, NsaSpec& nsa) {
  visitor.field(at_least(optional("compression_stride", "tokens per compressed key and value"), 1),
                nsa.compression_stride);
  visitor.field(at_least(optional("selection_block_size", "tokens of a selected block"), 1),
                nsa.selection_block_size);
  visitor.field(at_least(optional("num_selected_blocks", "blocks that each query selects"), 1),
                nsa.num_selected_blocks);
  visitor.field(at_least(optional("window", "tokens of the sliding branch"), 1), nsa.window);
}

void describe(FieldVisitor& visitor, AttentionSpec& attention) {
  visitor.choice_of(required("variant", "how keys and values are shared between heads"),
                    kAttentionVariantNames, attention.variant);
  if (visitor.applies(attention.variant == AttentionVariant::Gqa)) {
    visitor.field(count("num_key_value_heads", "groups of query heads that share a KV head"),
                  attention.num_key_value_heads);
  }
  if (visitor.applies(attention.variant != AttentionVariant::Mla)) {
    describe_heads(visitor, attention);
  }
  if (visitor.applies(attention.variant == AttentionVariant::Mla)) {
    describe_mla(visitor, attention);
  }
  visitor.field(optional_count("v_head_dim", "value width per head; 0: head_dim"),
                attention.v_head_dim);
  visitor.rule(attention.variant != AttentionVariant::Mla || attention.v_head_dim > 0, "v_head_dim",
               "is missing", "MLA needs the value width per head");
}

void describe(FieldVisitor& visitor, LinearSpec& linear) {
  visitor.choice_of(required("kind", "which recurrence"), kLinearKindNames, linear.kind);
  visitor.field(count("num_heads", "heads, each with a state matrix"), linear.num_heads);
  visitor.field(count("head_dim", "value width of one head"), linear.head_dim);
  if (visitor.applies(linear.kind == LinearKind::GatedDeltaNet)) {
    visitor.field(count("num_key_heads", "heads of queries and keys"), linear.num_key_heads);
    visitor.field(count("key_head_dim", "key width of one head"), linear.key_head_dim);
  }
  if (visitor.applies(linear.kind == LinearKind::Mamba2)) {
    visitor.field(count("n_groups", "groups that share B and C"), linear.n_groups);
    visitor.field(count("ssm_state_size", "state of one channel"), linear.ssm_state_size);
  }
  if (visitor.applies(linear.kind != LinearKind::Lightning)) {
    visitor.field(count("conv_kernel", "taps of the short convolution"), linear.conv_kernel);
  }
  visitor.choice_of(optional("state_dtype", "format of the state"), kStateDtypeNames,
                    linear.state_dtype);
}

void describe(FieldVisitor& visitor, MoeSpec& moe) {
  visitor.field(count("n_routed_experts", "experts to route to, per layer"), moe.n_routed_experts);
  visitor.field(count("num_experts_per_tok", "routed experts that each token uses"),
                moe.num_experts_per_tok);
  visitor.field(count("moe_intermediate_size", "hidden width of one expert"),
                moe.moe_intermediate_size);
  visitor.field(optional_count("n_shared_experts", "experts that every token uses"),
                moe.n_shared_experts);
  visitor.field(optional_count("shared_expert_intermediate_size",
                               "hidden width of all shared experts together; 0: "
                               "n_shared_experts times moe_intermediate_size"),
                moe.shared_expert_intermediate_size);
  visitor.field(optional_count("first_k_dense_replace", "leading layers with a dense FFN"),
                moe.first_k_dense_replace);
  visitor.optional_choice_of(
      optional("expert_dtype", "format of the routed experts; absent: weight_dtype"), kDtypeNames,
      moe.expert_dtype);
  visitor.field(
      at_least(optional("routing_skew", "Zipf exponent of the experts' popularity; 0: uniform"), 0),
      moe.routing_skew);
  visitor.rule(moe.num_experts_per_tok <= moe.n_routed_experts, "num_experts_per_tok",
               "is larger than n_routed_experts", "a token cannot use more experts than exist");
}

void describe(FieldVisitor& visitor, ModelSpec& model) {
  visitor.field(required("name", "the model's name"), model.name);
  visitor.field(required("source", "where this shape comes from"), model.source);
  visitor.field(count("num_hidden_layers", "decoder layers"), model.num_hidden_layers);
  visitor.field(count("hidden_size", "width of the residual stream"), model.hidden_size);
  visitor.field(count("num_attention_heads", "query heads"), model.num_attention_heads);
  visitor.field(
      optional_count("intermediate_size", "hidden width of the dense FFN; 0: no layer has one"),
      model.intermediate_size);
  visitor.field(count("vocab_size", "tokens of the vocabulary"), model.vocab_size);
  visitor.field(count("max_position_embeddings", "longest context the model was made for"),
                model.max_position_embeddings);
  visitor.field(optional("learned_positions", "positions have a matrix of their own (OPT, GPT-2)"),
                model.learned_positions);
  visitor.field(optional("tie_word_embeddings", "one matrix serves embedding and lm_head"),
                model.tie_word_embeddings);
  visitor.field(optional("gated_mlp", "three FFN matrices (SwiGLU) instead of two"),
                model.gated_mlp);
  visitor.choice_of(optional("dtype", "format of activations, embedding and lm_head"), kDtypeNames,
                    model.dtype);
  visitor.choice_of(optional("weight_dtype", "format of the decoder layers' matrices"), kDtypeNames,
                    model.weight_dtype);
  visitor.choice_of(optional("activation_scheme",
                             "scales of fp8 products' inputs: found in every step, or stored"),
                    kActivationSchemeNames, model.activation_scheme);
  describe_layers(visitor, model);
  visitor.field(optional_count("hidden_size_per_layer_input",
                               "width of the per-layer embeddings of Gemma 3n; 0: none"),
                model.hidden_size_per_layer_input);
  visitor.field(optional_count("vocab_size_per_layer_input", "tokens that have such embeddings"),
                model.vocab_size_per_layer_input);
  visitor.group(required("attention", "attention variant and its widths"), model.attention);
  visitor.optional_group(optional("linear_attention", "widths of linear_attention layers"),
                         model.linear_attention);
  visitor.optional_group(optional("moe", "mixture of experts; absent: every FFN is dense"),
                         model.moe);
  visitor.rule(model.attention.variant != AttentionVariant::Gqa ||
                   model.attention.num_key_value_heads == 0 ||
                   model.num_attention_heads % model.attention.num_key_value_heads == 0,
               "attention", "has num_key_value_heads that do not divide num_attention_heads",
               "every KV head serves the same number of query heads");
  visitor.rule(is_16_bit(model.dtype), "dtype", "must be bf16 or fp16: activations have it",
               "write weight_dtype: fp8 for quantised weights");
  layer_rules(visitor, model);
  visitor.rule(
      model.intermediate_size > 0 || model.num_hidden_layers <= 0 || !has_dense_layer(model),
      "intermediate_size", "is missing", "the model has layers with a dense FFN");
}

}  // namespace kvsim::spec
