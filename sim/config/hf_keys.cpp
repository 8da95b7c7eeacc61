#include "sim/config/hf_keys.hpp"

#include <algorithm>
#include <array>

namespace kvsim::config {
namespace {

// clang-format off

// Positions, norms, biases and scalings are no matrices; the rest is training and generation.
constexpr std::array<std::string_view, 28> kStarts = {
    "rope", "rotary", "initializer", "init_", "output_", "router_", "mrope", "partial_rot", "logit",
    "normalization", "time_step_", "mup_", "layernorm_", "layer_norm_", "scale_", "resid",
    "use_qk_norm", "qk_norm", "attention_dropout", "embd_", "summary_", "beam", "diversity_",
    "forced_", "no_repeat", "swiglu_", "yarn_", "final_logit_",
};

constexpr std::array<std::string_view, 19> kEnds = {
    "_token_id", "_token_ids", "_token_index", "_tokens_per_image", "_dropout", "_drop", "_pdrop",
    "_eps", "_epsilon", "_coef", "_coeff", "_bias", "_scaling", "_softcapping", "_multiplier",
    "_rope_theta", "_token_idx", "_rope_freq", "_loss_weight",
};

// PretrainedConfig of Hugging Face's transformers.
constexpr std::array<std::string_view, 35> kOfEveryConfig = {
    "_attn_implementation", "_attn_implementation_autoset", "_commit_hash", "_name_or_path",
    "add_cross_attention", "architectures", "attn_implementation", "auto_map", "bad_words_ids",
    "cache_implementation", "chunk_size_feed_forward", "cross_attention_hidden_size",
    "decoder_start_token_id", "do_sample", "early_stopping", "exponential_decay_length_penalty",
    "finetuning_task", "id2label", "label2id", "length_penalty", "max_length", "min_length",
    "num_return_sequences", "prefix", "problem_type", "pruned_heads", "remove_invalid_values",
    "repetition_penalty", "return_dict", "return_dict_in_generate", "suppress_tokens",
    "task_specific_params", "temperature", "torchscript", "transformers_version",
};
constexpr std::array<std::string_view, 15> kOfOldConfigs = {
    "begin_suppress_tokens", "tokenizer_class", "top_k", "top_p", "typical_p", "use_bfloat16",
    "use_cache", "is_decoder", "tf_legacy_loss", "tie_encoder_decoder", "num_beams",
    "num_beam_groups", "encoder_no_repeat_ngram_size", "unsloth_fixed", "unsloth_version",
};

// How experts are chosen, not how many or how wide.
constexpr std::array<std::string_view, 36> kRouting = {
    "aux_loss_alpha", "aux_loss_free", "balance_loss", "ep_size", "gate_type", "moe_aux_loss",
    "moe_capacity", "moe_gate", "moe_group", "moe_renormalize", "moe_router_activation_func",
    "moe_router_enable_expert_bias", "moe_router_use_sigmoid", "moe_drop_tokens",
    "moe_layer_use_sigmoid", "moe_random_routing_dropped_token", "moe_use_aux_free",
    "n_expert_groups", "n_group", "n_limited_groups", "norm_topk_prob", "num_expert_group",
    "route_scale", "routed_scaling_factor", "moe_routed_scaling_factor", "score_func",
    "scoring_func", "seq_aux", "topk_group", "topk_method", "use_grouped_topk", "use_routing_bias",
    "use_moe_aux_free", "moe_use_hard_gate", "shared_moe_mode", "norm_min",
};

constexpr std::array<std::string_view, 90> kOther = {
    // activations, positions, biases, scalings
    "activation_function", "alibi", "attention_bias", "attn_bias", "attention_value_scale", "bias",
    "clip_qkv", "enable_bias", "hidden_act", "hidden_activation", "mlp_hidden_act",
    "mamba_hidden_act", "position_embedding_type", "pos_emb_type", "qkv_bias", "use_bias",
    "use_qkv_bias", "use_conv_bias", "use_parallel_residual", "parallel_attn", "parallel_attention",
    "num_ln_in_parallel_attn", "query_pre_attn_scalar", "original_max_position_embeddings",
    "mscale", "initial_context_length", "attn_temperature_tuning", "attn_scale", "floor_scale",
    "use_attention_sinks", "add_full_attention_sink_bias", "add_swa_attention_sink_bias",
    "attn_logit_softcapping", "attention_temperature_scale", "dim_model_base",
    "nope_layer_interval", "mla_use_nope", "use_rope", "use_norm", "norm_type", "use_post_norm",
    "sandwich_norm", "rms_norm", "rmsnorm_eps", "layernorm_eps", "norm_eps", "norm_epsilon",
    "layer_norm_elementwise_affine", "do_layer_norm_before", "_remove_final_layer_norm",
    "apply_residual_connection_post_layernorm", "apply_rotary_pos_emb", "layernorm_zero_centered",
    "postnorm", "rescale_prenorm_residual",
    // training, kernels, generation
    "activation_sparsity_pattern", "attention_softmax_in_fp32", "scale_attn_weights",
    "scale_attention_softmax_in_fp32", "scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn",
    "gradient_checkpointing", "inference_runner", "validate_runner_input", "layerdrop",
    "pretraining_tp", "slow_but_exact", "num_logits_to_keep", "use_bidirectional_attention",
    "use_mamba_kernels", "use_flash_attn", "chunk_size", "mamba_chunk_size", "hidden_dropout",
    "max_batch_size", "mtp_use_dedicated_embeddings", "mlp_type", "pad_key_length",
    "pre_allocate_kv_cache", "masked_softmax_fusion", "offset_alibi", "skip_bias_add",
    "skip_bias_add_qkv", "bias_dropout_fusion", "activation", "qk_layernorm",
    "use_embedding_sharing", "use_parallel_block", "use_parallel_embedding",
    "moe_shared_expert_overlap",
};

// Towers and how their output enters the language model.
constexpr std::array<std::string_view, 14> kTowerStarts = {
    "vision_", "audio_", "image_", "video_", "mm_", "projector_", "multimodal_", "visual_",
    "speech_", "spatial_", "boi_", "eoi_", "boa_", "eoa_",
};

// clang-format on

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& words, std::string_view key) {
  return std::find(words.begin(), words.end(), key) != words.end();
}

template <std::size_t N>
bool starts_with_one(const std::array<std::string_view, N>& words, std::string_view key) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return key.starts_with(word); });
}

}  // namespace

bool is_without_effect(std::string_view key) {
  const bool by_end = std::any_of(kEnds.begin(), kEnds.end(),
                                  [&](std::string_view word) { return key.ends_with(word); });
  return by_end || starts_with_one(kStarts, key) || starts_with_one(kTowerStarts, key) ||
         is_in(kOfEveryConfig, key) || is_in(kOfOldConfigs, key) || is_in(kRouting, key) ||
         is_in(kOther, key);
}

bool is_beside_the_language_model(std::string_view key) {
  return is_without_effect(key) || key == "is_encoder_decoder" || key == "vocab_size" ||
         key == "hidden_size" || key == "pixel_shuffle_ratio" || key == "ignore_index" ||
         key == "downsample_ratio" || key == "dynamic_image_size" || key == "use_thumbnail" ||
         key == "use_image_newline_parameter" || key == "max_dynamic_patch" ||
         key == "min_dynamic_patch" || key == "ps_version" || key == "select_layer" ||
         key == "template" || key == "force_image_size" || key == "media_placeholder_token_id" ||
         key == "language_model_type";
}

}  // namespace kvsim::config
