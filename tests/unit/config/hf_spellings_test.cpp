// A Hugging Face config.json as a model: sizes, attention and experts under all their spellings.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

using spec::AttentionVariant;
using spec::Dtype;
using spec::MlpType;

spec::ModelSpec imported_file(std::string_view json, std::string_view name = "config.json") {
  const StudyFolder folder;
  folder.write(name, json);
  return load_model(folder.path(name).string(), shipped_library());
}

// A tiny Llama; `more` holds keys, each followed by a comma.
std::string llama(std::string_view more) {
  return "{" + std::string(more) + R"(
  "model_type": "llama", "hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 8,
  "intermediate_size": 160, "vocab_size": 1000, "max_position_embeddings": 512,
  "torch_dtype": "bfloat16", "rms_norm_eps": 1e-06, "rope_scaling": null, "use_cache": true
})";
}

TEST(HfConfig, ReadsALlama) {
  const spec::ModelSpec model = imported_file(llama(R"("num_key_value_heads": 2,)"));
  EXPECT_EQ(model.num_hidden_layers, 4);
  EXPECT_EQ(model.hidden_size, 64);
  EXPECT_EQ(model.num_attention_heads, 8);
  EXPECT_EQ(model.intermediate_size, 160);
  EXPECT_EQ(model.vocab_size, 1000);
  EXPECT_EQ(model.max_position_embeddings, 512);
  EXPECT_EQ(model.attention.variant, AttentionVariant::Gqa);
  EXPECT_EQ(model.attention.num_key_value_heads, 2);
  EXPECT_EQ(model.attention.head_dim, 8);  // 64 / 8
  EXPECT_FALSE(model.tie_word_embeddings);
  EXPECT_TRUE(model.gated_mlp);
  EXPECT_TRUE(model.layer_types.empty());
  EXPECT_EQ(model.source, "Hugging Face config.json, model_type llama");
}

TEST(HfConfig, KvHeadsDecideTheVariant) {
  EXPECT_EQ(imported_file(llama("")).attention.variant, AttentionVariant::Mha);
  EXPECT_EQ(imported_file(llama(R"("num_key_value_heads": 8,)")).attention.variant,
            AttentionVariant::Mha);
  EXPECT_EQ(imported_file(llama(R"("num_key_value_heads": 1,)")).attention.variant,
            AttentionVariant::Mqa);
}

TEST(HfConfig, TakesItsNameFromTheFileOrItsFolder) {
  EXPECT_EQ(imported_file(llama(""), "Tiny-Llama/config.json").name, "Tiny-Llama");
  EXPECT_EQ(imported_file(llama(""), "org--Tiny-2.json").name, "Tiny-2");
  EXPECT_EQ(imported_file(llama(""), "models--org--Tiny/snapshots/0a1b/config.json").name, "Tiny");
  EXPECT_EQ(imported_file(llama(R"("_name_or_path": "org/Named",)")).name, "Named");
  EXPECT_EQ(imported_file(llama(R"("_name_or_path": "",)"), "Tiny/config.json").name, "Tiny");
}

TEST(HfConfig, ReadsJsonThatIsIndentedByTabs) {
  EXPECT_EQ(imported_file("{\n\t\"head_dim\": 16,\n\t" + llama("").substr(1)).attention.head_dim,
            16);
}

TEST(HfConfig, ReadsTheLanguageModelOfAMultimodalFile) {
  for (const char* key : {"text_config", "llm_config", "language_config"}) {
    const spec::ModelSpec model = imported_file(
        "{\"" + std::string(key) + "\": " + llama("") +
        R"(, "model_type": "seeing", "vision_config": {"hidden_size": 7}, "image_token_id": 3,
            "tie_word_embeddings": true, "quantization_config": {"quant_method": "fp8"}})");
    EXPECT_EQ(model.hidden_size, 64);
    EXPECT_TRUE(model.tie_word_embeddings);
    EXPECT_EQ(model.weight_dtype, Dtype::Fp8);
  }
}

TEST(HfConfig, ReadsGpt2AndBigCode) {
  const std::string keys = R"("n_embd": 64, "n_layer": 4, "n_head": 8, "n_inner": null,
      "n_positions": 128, "vocab_size": 1000, "activation_function": "gelu_new",
      "attn_pdrop": 0.1, "torch_dtype": "float16"})";
  const spec::ModelSpec gpt2 = imported_file(R"({"model_type": "gpt2", )" + keys);
  EXPECT_EQ(gpt2.attention.variant, AttentionVariant::Mha);
  EXPECT_EQ(gpt2.intermediate_size, 256);  // 4 · 64
  EXPECT_EQ(gpt2.max_position_embeddings, 128);
  EXPECT_TRUE(gpt2.learned_positions);
  EXPECT_TRUE(gpt2.tie_word_embeddings);
  EXPECT_FALSE(gpt2.gated_mlp);
  EXPECT_EQ(gpt2.dtype, Dtype::Fp16);
  EXPECT_EQ(gpt2.weight_dtype, Dtype::Fp16);
  EXPECT_EQ(imported_file(R"({"model_type": "gpt_bigcode", "multi_query": true, )" + keys)
                .attention.variant,
            AttentionVariant::Mqa);
}

TEST(HfConfig, ReadsOpt) {
  const spec::ModelSpec model = imported_file(R"({"model_type": "opt", "hidden_size": 64,
      "word_embed_proj_dim": 64, "ffn_dim": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
      "max_position_embeddings": 2048, "vocab_size": 1000, "do_layer_norm_before": true,
      "torch_dtype": "float16"})");
  EXPECT_EQ(model.intermediate_size, 256);
  EXPECT_TRUE(model.learned_positions);
  EXPECT_TRUE(model.tie_word_embeddings);
  EXPECT_FALSE(model.gated_mlp);
}

std::string falcon(std::string_view more) {
  return "{" + std::string(more) + R"("model_type": "falcon", "hidden_size": 64, "n_layer": 2,
      "n_head": 8, "vocab_size": 1000, "alibi": false, "bias": false, "parallel_attn": true,
      "torch_dtype": "bfloat16"})";
}

// falcon-7b writes num_kv_heads 71 = n_head, and has one.
TEST(HfConfig, FalconsMultiQueryIsOneKvHeadUnlessItsDecoderIsNew) {
  const spec::ModelSpec old = imported_file(falcon(R"("multi_query": true, "num_kv_heads": 8, )"));
  EXPECT_EQ(old.attention.variant, AttentionVariant::Mqa);
  EXPECT_EQ(old.intermediate_size, 256);
  EXPECT_EQ(old.max_position_embeddings, 2048);
  EXPECT_FALSE(old.gated_mlp);
  const spec::ModelSpec fresh = imported_file(
      falcon(R"("multi_query": true, "new_decoder_architecture": true, "num_kv_heads": 4, )"));
  EXPECT_EQ(fresh.attention.variant, AttentionVariant::Gqa);
  EXPECT_EQ(fresh.attention.num_key_value_heads, 4);
}

constexpr std::string_view kDeepSeek = R"(
  "model_type": "deepseek_v3", "hidden_size": 64, "intermediate_size": 300, "num_hidden_layers": 5,
  "num_attention_heads": 8, "num_key_value_heads": 8, "head_dim": 99, "vocab_size": 1000,
  "max_position_embeddings": 512, "kv_lora_rank": 32, "q_lora_rank": null, "qk_nope_head_dim": 16,
  "qk_rope_head_dim": 8, "v_head_dim": 16, "n_routed_experts": 16, "num_experts_per_tok": 4,
  "n_shared_experts": 2, "moe_intermediate_size": 24, "first_k_dense_replace": 2,
  "moe_layer_freq": 1, "topk_method": "noaux_tc", "num_nextn_predict_layers": 1,
  "torch_dtype": "bfloat16"})";

TEST(HfConfig, ReadsMlaAndExperts) {
  const spec::ModelSpec model =
      imported_file("{\"index_topk\": 256, \"index_n_heads\": 4, \"index_head_dim\": 16," +
                    std::string(kDeepSeek));
  EXPECT_EQ(model.attention.variant, AttentionVariant::Mla);
  EXPECT_EQ(model.attention.kv_lora_rank, 32);
  EXPECT_EQ(model.attention.q_lora_rank, 0);
  EXPECT_EQ(model.attention.qk_rope_head_dim, 8);
  EXPECT_EQ(model.attention.v_head_dim, 16);
  ASSERT_TRUE(model.attention.indexer);
  EXPECT_EQ(model.attention.indexer->index_topk, 256);
  ASSERT_TRUE(model.moe);
  EXPECT_EQ(model.moe->n_routed_experts, 16);
  EXPECT_EQ(model.moe->n_shared_experts, 2);
  EXPECT_EQ(model.moe->first_k_dense_replace, 2);
  EXPECT_EQ(model.intermediate_size, 300);
}

TEST(HfConfig, ReadsDeepSeeksOwnFile) {
  const spec::ModelSpec model = imported_file(R"({"vocab_size": 1000, "dim": 64, "inter_dim": 300,
      "moe_inter_dim": 24, "n_layers": 5, "n_dense_layers": 1, "n_heads": 8, "dtype": "fp8",
      "n_routed_experts": 16, "n_shared_experts": 2, "n_activated_experts": 6, "route_scale": 1.0,
      "q_lora_rank": 0, "kv_lora_rank": 32, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8,
      "v_head_dim": 16, "score_func": "sigmoid", "mscale": 0.7})");
  EXPECT_EQ(model.max_position_embeddings, 16384);
  EXPECT_EQ(model.moe->num_experts_per_tok, 6);
  EXPECT_EQ(model.moe->moe_intermediate_size, 24);
  EXPECT_EQ(model.moe->first_k_dense_replace, 1);
  EXPECT_EQ(model.dtype, Dtype::Bf16);
  EXPECT_EQ(model.weight_dtype, Dtype::Fp8Block);
}

// Mixtral: intermediate_size is the width of an expert.
TEST(HfConfig, ReadsMixtral) {
  const spec::ModelSpec model = imported_file(R"({"model_type": "mixtral", "hidden_size": 64,
      "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 8,
      "num_key_value_heads": 2, "num_local_experts": 8, "num_experts_per_tok": 2,
      "sliding_window": null, "vocab_size": 1000, "max_position_embeddings": 512,
      "router_aux_loss_coef": 0.02, "torch_dtype": "bfloat16"})");
  EXPECT_EQ(model.moe->moe_intermediate_size, 96);
  EXPECT_EQ(model.moe->n_routed_experts, 8);
  EXPECT_EQ(model.intermediate_size, 0);
  EXPECT_TRUE(model.layer_types.empty());
}

std::string qwen_moe(std::string_view more) {
  return "{" + std::string(more) + R"("model_type": "qwen3_moe", "hidden_size": 64,
      "intermediate_size": 300, "moe_intermediate_size": 24, "num_hidden_layers": 6,
      "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 16, "num_experts": 8,
      "num_experts_per_tok": 2, "vocab_size": 1000, "max_position_embeddings": 512,
      "norm_topk_prob": true, "torch_dtype": "bfloat16"})";
}

TEST(HfConfig, EveryNthLayerOfQwensHasExperts) {
  using enum MlpType;
  EXPECT_TRUE(imported_file(qwen_moe(R"("decoder_sparse_step": 1, "mlp_only_layers": [],)"))
                  .mlp_layer_types.empty());
  EXPECT_EQ(imported_file(qwen_moe(R"("decoder_sparse_step": 2,)")).mlp_layer_types,
            (std::vector{Dense, Sparse}));
  EXPECT_EQ(imported_file(qwen_moe(R"("mlp_only_layers": [0, 1],)")).moe->first_k_dense_replace, 2);
  EXPECT_EQ(imported_file(qwen_moe(R"("shared_expert_intermediate_size": 48,)"))
                .moe->shared_expert_intermediate_size,
            48);
}

TEST(HfConfig, ReadsLlama4) {
  using enum MlpType;
  const spec::ModelSpec model = imported_file(R"({"model_type": "llama4", "text_config": {
      "model_type": "llama4_text", "hidden_size": 64, "intermediate_size": 96,
      "intermediate_size_mlp": 200, "interleave_moe_layer_step": 2, "num_hidden_layers": 8,
      "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 8, "num_local_experts": 4,
      "num_experts_per_tok": 1, "attention_chunk_size": 32, "no_rope_layers": [],
      "vocab_size": 1000, "max_position_embeddings": 512, "torch_dtype": "bfloat16"}})");
  EXPECT_EQ(model.moe->moe_intermediate_size, 96);
  EXPECT_EQ(model.moe->n_shared_experts, 1);
  EXPECT_EQ(model.intermediate_size, 200);
  EXPECT_EQ(model.mlp_layer_types, (std::vector{Dense, Sparse}));
  EXPECT_EQ(model.attention_chunk_size, 32);
  EXPECT_EQ(spec::layer_type(model, 2), spec::LayerType::Chunked);
  EXPECT_EQ(spec::layer_type(model, 3), spec::LayerType::Full);
}

TEST(HfConfig, ReadsListsThatSayTheSameForEveryLayer) {
  const spec::ModelSpec model = imported_file(R"({"model_type": "hunyuan", "hidden_size": 64,
      "intermediate_size": 96, "num_hidden_layers": 4, "num_attention_heads": 8,
      "num_key_value_heads": 2, "num_experts": 8, "moe_topk": [2, 2, 2, 2],
      "num_shared_expert": [1, 1, 1, 1], "use_cla": true, "cla_share_factor": 2,
      "vocab_size": 1000, "max_position_embeddings": 512, "torch_dtype": "bfloat16"})");
  EXPECT_EQ(model.moe->num_experts_per_tok, 2);
  EXPECT_EQ(model.moe->n_shared_experts, 1);
  EXPECT_EQ(model.cla_share_factor, 2);
  EXPECT_FALSE(spec::owns_kv(model, 1));
}

TEST(HfConfig, CanBeOverridden) {
  const StudyFolder folder;
  folder.write("tiny/config.json", llama(R"("num_key_value_heads": 2,)"));
  folder.write("mine.yaml", "extends: tiny/config.json\nattention: {variant: mqa}\n");
  folder.write("study.yaml", R"(extends: base.yaml
model: ./tiny/config.json
variants:
  - {name: as-it-is}
  - {name: wide, model.attention: {num_key_value_heads: 4}}
  - {name: MHA, model.attention: {variant: mha}}
)");
  folder.write("base.yaml", good_study());
  const auto study = folder.load("study.yaml", {"model.weight_dtype=fp8"});
  EXPECT_EQ(study.runs.at(0).model.attention.num_key_value_heads, 2);
  EXPECT_EQ(study.runs.at(1).model.attention.num_key_value_heads, 4);
  EXPECT_EQ(study.runs.at(2).model.attention.variant, AttentionVariant::Mha);
  EXPECT_EQ(study.runs.at(0).model.weight_dtype, Dtype::Fp8);
  EXPECT_EQ(study.runs.at(0).model.name, "tiny");
  EXPECT_EQ(load_model(folder.path("mine.yaml").string(), shipped_library()).attention.variant,
            AttentionVariant::Mqa);
}

TEST(HfConfig, IsAnInputOfTheStudy) {
  const StudyFolder folder;
  folder.write("tiny.json", llama(""));
  const auto study = folder.load_text(good_study(), {"model=" + folder.path("tiny.json").string()});
  const bool is_input = std::any_of(study.inputs.begin(), study.inputs.end(), [](const auto& file) {
    return file.path.ends_with("tiny.json") && file.sha256.size() == 64;
  });
  EXPECT_TRUE(is_input);
}

TEST(HfConfig, SaysWhatItAssumed) {
  const StudyFolder folder;
  folder.write("tiny.json", falcon(R"("multi_query": true, "num_kv_heads": 8, )"));
  const auto study = folder.load_text(good_study(), {"model=" + folder.path("tiny.json").string()});
  EXPECT_EQ(
      folder.notes(study),
      R"(tiny.json: note: max_position_embeddings = 2048, the default of falcon [model.max_position_embeddings]
tiny.json:1:23: note: num_kv_heads = 8 does not count beside multi_query: one KV head [model.num_kv_heads]
    {"multi_query": true, "num_kv_heads": 8, "model_type": "falcon", "hidden_size": 64, "n_layer": 2,
                          ^
    note: transformers ignores it unless new_decoder_architecture is true
tiny.json:1:81: note: intermediate_size = 256 = 4 · hidden_size, the default of falcon [model.intermediate_size]
    {"multi_query": true, "num_kv_heads": 8, "model_type": "falcon", "hidden_size": 64, "n_layer": 2,
                                                                                    ^
)");
}

}  // namespace
}  // namespace kvsim::config
