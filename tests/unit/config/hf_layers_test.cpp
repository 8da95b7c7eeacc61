// Hugging Face config.json: what each layer attends to.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

using enum spec::LayerType;
using spec::LinearKind;
using spec::MlpType;
using Layers = std::vector<spec::LayerType>;

spec::ModelSpec imported(std::string_view type, std::string_view more) {
  const StudyFolder folder;
  folder.write("config.json",
               "{\"model_type\": \"" + std::string(type) + "\", " + std::string(more) + R"(
  "hidden_size": 64, "num_hidden_layers": 12, "num_attention_heads": 8, "num_key_value_heads": 2,
  "head_dim": 8, "vocab_size": 1000, "max_position_embeddings": 512, "tie_word_embeddings": false,
  "dtype": "bfloat16"})");
  return load_model(folder.path("config.json").string(), shipped_library());
}

// With a dense FFN.
Layers layers(std::string_view type, const std::string& more) {
  return imported(type, R"("intermediate_size": 160, )" + more).layer_types;
}

TEST(HfLayers, ListThemOneByOne) {
  EXPECT_EQ(layers("llama", R"("sliding_window": 32, "layer_types": ["sliding_attention",
      "full_attention", "sliding_attention", "full_attention"],)"),
            (Layers{Sliding, Full}));
  EXPECT_TRUE(layers("qwen3", R"("layer_types": ["full_attention", "full_attention"],)").empty());
}

TEST(HfLayers, AllSlideInMistral) {
  const auto model = imported("mistral", R"("intermediate_size": 160, "sliding_window": 32,)");
  EXPECT_EQ(model.layer_types, Layers{Sliding});
  EXPECT_EQ(model.sliding_window, 32);
  EXPECT_TRUE(layers("mistral", R"("sliding_window": null,)").empty());
}

TEST(HfLayers, SlideInQwenFromMaxWindowLayersOn) {
  const std::string window = R"("sliding_window": 32, "max_window_layers": 10, )";
  EXPECT_TRUE(layers("qwen2", window + R"("use_sliding_window": false,)").empty());
  EXPECT_TRUE(layers("qwen2", window).empty());  // Qwen2Config: use_sliding_window is false
  const auto model =
      imported("qwen2", R"("intermediate_size": 160, "use_sliding_window": true,)" + window);
  EXPECT_EQ(spec::layer_type(model, 9), Full);
  EXPECT_EQ(spec::layer_type(model, 10), Sliding);
}

TEST(HfLayers, SlideInGemmaAndOthersExceptEveryNth) {
  EXPECT_EQ(layers("gemma2", R"("sliding_window": 32,)"), (Layers{Sliding, Full}));
  EXPECT_EQ(layers("gemma3_text", R"("sliding_window": 32,)"),
            (Layers{Sliding, Sliding, Sliding, Sliding, Sliding, Full}));
  EXPECT_EQ(layers("gemma3_text", R"("sliding_window": 32, "_sliding_window_pattern": 3,)"),
            (Layers{Sliding, Sliding, Full}));
  EXPECT_EQ(layers("exaone4", R"("sliding_window": 32, "sliding_window_pattern": "LLG",)"),
            (Layers{Sliding, Sliding, Full}));
}

TEST(HfLayers, AreFullWhereLlama4HasNoRope) {
  EXPECT_EQ(layers("llama4_text", R"("num_local_experts": null, "attention_chunk_size": 32,
      "no_rope_layers": [1, 0, 1, 0],)"),
            (Layers{Chunked, Full}));
}

TEST(HfLayers, OfMiMoSlideWithHeadsOfTheirOwn) {
  const auto model = imported("mimo_v2_flash", R"("intermediate_size": 160,
      "hybrid_layer_pattern": [0, 1, 1, 1], "sliding_window": 32, "sliding_window_size": 32,
      "attention_chunk_size": 32, "n_routed_experts": 4, "num_experts_per_tok": 2,
      "moe_intermediate_size": 24, "moe_layer_freq": [0, 1, 1, 1], "n_shared_experts": null,
      "v_head_dim": 6, "swa_num_key_value_heads": 4, "swa_head_dim": 8, "swa_v_head_dim": 6,
      "swa_num_attention_heads": 8, "swa_rope_theta": 10000, "partial_rotary_factor": 0.3,)");
  EXPECT_EQ(model.layer_types, (Layers{Full, Sliding, Sliding, Sliding}));
  EXPECT_EQ(spec::kv_heads(model, Sliding), 4);
  EXPECT_EQ(spec::kv_heads(model, Full), 2);
  EXPECT_EQ(spec::value_width(model, Full), 6);
  EXPECT_EQ(model.moe->first_k_dense_replace, 1);
}

TEST(HfLayers, OfGemma4AreWiderWhereTheyAreFull) {
  const auto model = imported("gemma4_text", R"("intermediate_size": 40, "sliding_window": 32,
      "layer_types": ["sliding_attention", "full_attention"], "global_head_dim": 16,
      "num_global_key_value_heads": 1, "attention_k_eq_v": true, "enable_moe_block": true,
      "num_experts": 8, "top_k_experts": 2, "moe_intermediate_size": 24,
      "use_double_wide_mlp": false, "hidden_size_per_layer_input": 0,
      "vocab_size_per_layer_input": 1000, "num_kv_shared_layers": 0,)");
  EXPECT_EQ(spec::kv_heads(model, Full), 1);
  EXPECT_EQ(spec::key_width(model, Full), 16);
  EXPECT_EQ(spec::kv_heads(model, Sliding), 2);
  EXPECT_EQ(spec::key_width(model, Sliding), 8);
  EXPECT_EQ(spec::shared_expert_width(*model.moe), 40);
  EXPECT_EQ(model.hidden_size_per_layer_input, 0);
}

TEST(HfLayers, OfGemma3nShareTheirCacheAndHaveEmbeddings) {
  const auto model = imported("gemma3n_text", R"("intermediate_size": [160, 160, 160],
      "sliding_window": 32, "num_kv_shared_layers": 5, "hidden_size_per_layer_input": 4,
      "vocab_size_per_layer_input": 900, "altup_num_inputs": 4, "laurel_rank": 8,
      "activation_sparsity_pattern": [0.95, 0.0],)");
  EXPECT_EQ(model.intermediate_size, 160);
  EXPECT_EQ(model.num_kv_shared_layers, 5);
  EXPECT_EQ(model.hidden_size_per_layer_input, 4);
  EXPECT_EQ(model.vocab_size_per_layer_input, 900);
  EXPECT_EQ(model.layer_types.size(), 5U);
}

constexpr std::string_view kDeltaNet = R"("linear_num_key_heads": 2, "linear_num_value_heads": 4,
    "linear_key_head_dim": 8, "linear_value_head_dim": 6, "linear_conv_kernel_dim": 4,
    "mamba_ssm_dtype": "float32", "intermediate_size": 160,)";

TEST(HfLayers, OfQwen3NextAreDeltaNetsExceptEveryNth) {
  const auto model =
      imported("qwen3_5_text", "\"full_attention_interval\": 3, " + std::string(kDeltaNet));
  EXPECT_EQ(model.layer_types, (Layers{Linear, Linear, Full}));
  ASSERT_TRUE(model.linear_attention);
  EXPECT_EQ(model.linear_attention->kind, LinearKind::GatedDeltaNet);
  EXPECT_EQ(model.linear_attention->num_heads, 4);
  EXPECT_EQ(model.linear_attention->head_dim, 6);
  EXPECT_EQ(model.linear_attention->num_key_heads, 2);
  EXPECT_EQ(model.linear_attention->key_head_dim, 8);
  EXPECT_EQ(model.linear_attention->conv_kernel, 4);
  EXPECT_TRUE(model.attention.attn_output_gate);
  EXPECT_EQ(imported("qwen3_5_text", kDeltaNet).layer_types.size(), 4U);
}

TEST(HfLayers, OfKimiLinearAreCountedFromOne) {
  const auto model = imported("kimi_linear", R"("num_experts": 8, "num_experts_per_token": 2,
      "num_shared_experts": 1, "moe_intermediate_size": 24, "first_k_dense_replace": 1,
      "moe_renormalize": true, "intermediate_size": 160, "kv_lora_rank": 32, "q_lora_rank": null,
      "qk_nope_head_dim": 8, "qk_rope_head_dim": 4, "v_head_dim": 8, "mla_use_nope": true,
      "linear_attn_config": {"full_attn_layers": [4, 8, 12], "kda_layers": [1, 2, 3, 5],
                             "head_dim": 6, "num_heads": 8, "short_conv_kernel_size": 4},)");
  EXPECT_EQ(model.layer_types, (Layers{Linear, Linear, Linear, Full}));
  EXPECT_EQ(model.linear_attention->kind, LinearKind::Kda);
  EXPECT_EQ(model.linear_attention->head_dim, 6);
  EXPECT_EQ(model.attention.variant, spec::AttentionVariant::Mla);
  EXPECT_EQ(model.moe->n_shared_experts, 1);
}

TEST(HfLayers, OfNemotronHAreMixerOrFfn) {
  const auto model = imported("nemotron_h", R"("hybrid_override_pattern": "M-M*EM-M*E-E",
      "intermediate_size": 160, "moe_intermediate_size": 24, "n_routed_experts": 8,
      "num_experts_per_tok": 2, "n_shared_experts": 1, "moe_shared_expert_intermediate_size": 48,
      "mamba_num_heads": 16, "mamba_head_dim": 8, "n_groups": 2, "ssm_state_size": 32,
      "conv_kernel": 4, "chunk_size": 128, "expand": 2, "mlp_hidden_act": "relu2",
      "time_step_min": 0.001, "use_mamba_kernels": true, "residual_in_fp32": false,)");
  EXPECT_EQ(spec::layer_type(model, 0), Linear);
  EXPECT_EQ(spec::mlp_type(model, 0), MlpType::None);
  EXPECT_EQ(spec::layer_type(model, 1), None);
  EXPECT_EQ(spec::mlp_type(model, 1), MlpType::Dense);
  EXPECT_EQ(spec::layer_type(model, 3), Full);
  EXPECT_EQ(spec::mlp_type(model, 4), MlpType::Sparse);
  EXPECT_EQ(model.linear_attention->kind, LinearKind::Mamba2);
  EXPECT_EQ(model.linear_attention->num_heads, 16);
  EXPECT_EQ(model.linear_attention->n_groups, 2);
  EXPECT_EQ(model.linear_attention->ssm_state_size, 32);
  EXPECT_EQ(spec::shared_expert_width(*model.moe), 48);
  EXPECT_FALSE(model.gated_mlp);
}

TEST(HfLayers, OfGraniteAndBambaAreMamba2) {
  const std::string mamba = R"("mamba_n_heads": 16, "mamba_d_head": "auto", "mamba_n_groups": 1,
      "mamba_d_state": 32, "mamba_d_conv": 4, "mamba_expand": 2, "mamba_chunk_size": 256,
      "mamba_conv_bias": true, )";
  const auto granite = imported("granitemoehybrid", mamba + R"("num_local_experts": 0,
      "num_experts_per_tok": 0, "intermediate_size": 24, "shared_intermediate_size": 160,
      "position_embedding_type": "nope", "residual_multiplier": 0.2,
      "layer_types": ["mamba", "mamba", "attention"],)");
  EXPECT_EQ(granite.layer_types, (Layers{Linear, Linear, Full}));
  EXPECT_EQ(granite.linear_attention->head_dim, 8);  // 2 · 64 / 16
  EXPECT_EQ(granite.intermediate_size, 160);
  EXPECT_FALSE(granite.moe);
  EXPECT_EQ(layers("bamba", mamba + R"("attn_layer_indices": [2, 5, 8, 11],)"),
            (Layers{Linear, Linear, Full}));
}

TEST(HfLayers, OfMiniMaxAreLightningWhereTheCodeIsZero) {
  const auto model = imported("minimax_text_01", R"("attn_type_list": [0, 0, 0, 1],
      "num_local_experts": 4, "num_experts_per_tok": 2, "intermediate_size": 24,
      "shared_intermediate_size": 0, "postnorm": true, "layernorm_mlp_alpha": 3.5,)");
  EXPECT_EQ(model.layer_types, (Layers{Linear, Linear, Linear, Full}));
  EXPECT_EQ(model.linear_attention->kind, LinearKind::Lightning);
  EXPECT_EQ(model.linear_attention->num_heads, 8);
  EXPECT_EQ(model.moe->moe_intermediate_size, 24);
}

}  // namespace
}  // namespace kvsim::config
