// Hugging Face config.json: dtype and quantization_config.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

using enum spec::Dtype;

spec::StudySpec study_of(std::string_view keys) {
  const StudyFolder folder;
  folder.write("config.json", "{" + std::string(keys) + R"(
  "model_type": "llama", "hidden_size": 64, "num_hidden_layers": 4, "num_attention_heads": 8,
  "intermediate_size": 160, "vocab_size": 1000, "max_position_embeddings": 512})");
  return folder.load_text(good_study(), {"model=" + folder.path("config.json").string()});
}

spec::ModelSpec imported(std::string_view keys) { return study_of(keys).runs.at(0).model; }

spec::Dtype weights(const std::string& quantization) {
  return imported(R"("dtype": "bfloat16", "quantization_config": {)" + quantization + "},")
      .weight_dtype;
}

TEST(HfFormats, OfActivations) {
  EXPECT_EQ(imported(R"("torch_dtype": "float16",)").dtype, Fp16);
  EXPECT_EQ(imported(R"("torch_dtype": "float16",)").weight_dtype, Fp16);
  EXPECT_EQ(imported(R"("dtype": "bfloat16", "torch_dtype": "bfloat16",)").dtype, Bf16);
}

// vLLM, config/model.py, _resolve_auto_dtype.
TEST(HfFormats, Float32IsServedAsBf16) {
  for (const char* keys : {R"("torch_dtype": "float32",)", ""}) {
    const auto study = study_of(keys);
    EXPECT_EQ(study.runs.at(0).model.dtype, Bf16);
    ASSERT_EQ(study.warnings.size(), 1U);
    EXPECT_EQ(
        study.warnings[0].notes,
        std::vector<std::string>{"vLLM casts float32 to bfloat16 from compute capability 8.0 on"});
  }
}

TEST(HfFormats, OfWeights) {
  EXPECT_EQ(weights(R"("quant_method": "fp8", "weight_block_size": [128, 128])"), Fp8Block);
  EXPECT_EQ(weights(R"("quant_method": "fp8", "activation_scheme": "static")"), Fp8);
  EXPECT_EQ(weights(R"("quant_method": "awq", "bits": 4, "group_size": 128)"), Int4);
  EXPECT_EQ(weights(R"("quant_method": "gptq", "bits": 4, "group_size": 32)"), Int4);
  EXPECT_EQ(weights(R"("quant_method": "modelopt", "quant_algo": "FP8")"), Fp8);
  EXPECT_EQ(weights(R"("quant_method": "modelopt", "quantization": {"quant_algo": "NVFP4"})"),
            Nvfp4);
}

TEST(HfFormats, OfCompressedTensors) {
  const auto of = [](const std::string& keys) {
    return weights(
        R"("quant_method": "compressed-tensors", "ignore": ["lm_head"], "config_groups": {
            "group_0": {"targets": ["Linear"], "weights": {)" +
        keys + "}}}");
  };
  EXPECT_EQ(of(R"("type": "float", "num_bits": 8, "strategy": "channel")"), Fp8);
  EXPECT_EQ(of(R"("type": "float", "num_bits": 8, "strategy": "block")"), Fp8Block);
  EXPECT_EQ(of(R"("type": "int", "num_bits": 8)"), Int8);
  EXPECT_EQ(of(R"("type": "int", "num_bits": 4, "group_size": 128)"), Int4);
  EXPECT_EQ(of(R"("type": "float", "num_bits": 4, "group_size": 16)"), Nvfp4);
}

constexpr std::string_view kExperts =
    R"("dtype": "bfloat16", "num_experts": 8, "num_experts_per_tok": 2,
       "moe_intermediate_size": 32, )";

TEST(HfFormats, OfExpertsAlone) {
  for (const char* quantization :
       {R"({"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head"]})",
        R"({"quant_method": "modelopt", "quant_algo": "NVFP4",
            "exclude_modules": ["lm_head", "model.layers.*.self_attn*"]})"}) {
    const auto model =
        imported(std::string(kExperts) + R"("quantization_config": )" + quantization + ",");
    EXPECT_EQ(model.weight_dtype, Bf16);
    ASSERT_TRUE(model.moe->expert_dtype);
    EXPECT_NE(*model.moe->expert_dtype, Bf16);
  }
}

}  // namespace
}  // namespace kvsim::config
