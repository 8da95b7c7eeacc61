// Every config.json of the development data: imported, or refused for the reason that stands here.
#include <gtest/gtest.h>

#include <map>

#include "data_file.hpp"
#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

namespace fs = std::filesystem;
using spec::AttentionVariant;
using spec::LayerType;

const std::map<std::string, std::string> kRefused = {
    {"deepseek-ai--DeepSeek-V4-Flash.json", "a model of type 'deepseek_v4' cannot be read"},
    {"Qwen--Qwen3-Next-80B-A3B__partial.json", "key 'vocab_size' is missing"},
    {"google--gemma-3-4b-it__text.json", "key 'max_position_embeddings' is missing"},
};

TEST(HfData, ImportsEveryFileOrSaysWhyNot) {
  KVSIM_NEEDS_DATA(folder, "hf_configs");
  int files = 0;
  int imported = 0;
  for (const auto& item : fs::directory_iterator(*folder)) {
    const std::string name = item.path().filename().string();
    if (item.path().extension() != ".json") {
      continue;
    }
    ++files;
    const auto refused = kRefused.find(name);
    try {
      (void)load_model(item.path().string(), shipped_library());
      EXPECT_EQ(refused, kRefused.end()) << name;
      ++imported;
    } catch (const ConfigError& error) {
      ASSERT_NE(refused, kRefused.end()) << error.what();
      EXPECT_NE(std::string(error.what()).find(refused->second), std::string::npos) << error.what();
    }
  }
  EXPECT_GE(files, 30);
  EXPECT_GE(imported * 10, files * 9);
}

struct Shape {
  const char* file;
  AttentionVariant variant;
  std::int64_t layers;
  std::int64_t heads;
  std::int64_t kv_heads;  // of full layers
  std::int64_t experts;
  std::int64_t window;
};

// Read off the files by eye.
TEST(HfData, ReadsTheNumbersThatMatter) {
  KVSIM_NEEDS_DATA(folder, "hf_configs");
  using enum AttentionVariant;
  for (const Shape& shape : {
           Shape{"meta-llama--Llama-2-7b-hf.json", Mha, 32, 32, 32, 0, 0},
           Shape{"meta-llama--Meta-Llama-3.1-70B.json", Gqa, 80, 64, 8, 0, 0},
           Shape{"tiiuae--falcon-7b.json", Mqa, 32, 71, 1, 0, 0},
           Shape{"mistralai--Mistral-7B-v0.1.json", Gqa, 32, 32, 8, 0, 4096},
           Shape{"mistralai--Mixtral-8x7B-v0.1.json", Gqa, 32, 32, 8, 8, 0},
           Shape{"Qwen--Qwen2.5-7B-Instruct.json", Gqa, 28, 28, 4, 0, 0},
           Shape{"Qwen--Qwen3.5-35B-A3B.json", Gqa, 40, 16, 2, 256, 0},
           Shape{"google--gemma-2-9b.json", Gqa, 42, 16, 8, 0, 4096},
           Shape{"google--gemma-4-26B-A4B.json", Gqa, 30, 16, 2, 128, 1024},
           Shape{"meta-llama--Llama-4-Maverick-17B-128E-Instruct.json", Gqa, 48, 40, 8, 128, 0},
           Shape{"openai--gpt-oss-120b.json", Gqa, 36, 64, 8, 128, 128},
           Shape{"deepseek-ai--DeepSeek-V3.json", Mla, 61, 128, 1, 256, 0},
           Shape{"deepseek-ai--native_config_671B.json", Mla, 61, 128, 1, 256, 0},
           Shape{"zai-org--GLM-5.2-FP8.json", Mla, 78, 64, 1, 256, 0},
       }) {
    SCOPED_TRACE(shape.file);
    const auto model = load_model((fs::path(*folder) / shape.file).string(), shipped_library());
    EXPECT_EQ(model.attention.variant, shape.variant);
    EXPECT_EQ(model.num_hidden_layers, shape.layers);
    EXPECT_EQ(model.num_attention_heads, shape.heads);
    EXPECT_EQ(spec::kv_heads(model), shape.kv_heads);
    EXPECT_EQ(model.moe ? model.moe->n_routed_experts : 0, shape.experts);
    EXPECT_EQ(model.sliding_window, shape.window);
  }
}

TEST(HfData, CountsTheLayersOfEachKind) {
  KVSIM_NEEDS_DATA(folder, "hf_configs");
  const auto count = [&](const char* file, LayerType type) {
    const auto model = load_model((fs::path(*folder) / file).string(), shipped_library());
    int layers = 0;
    for (std::int64_t layer = 0; layer < model.num_hidden_layers; ++layer) {
      layers += spec::layer_type(model, layer) == type ? 1 : 0;
    }
    return layers;
  };
  EXPECT_EQ(count("Qwen--Qwen3.5-35B-A3B.json", LayerType::Linear), 30);
  EXPECT_EQ(count("google--gemma-2-27b-it.json", LayerType::Sliding), 23);
  EXPECT_EQ(count("google--gemma-4-26B-A4B.json", LayerType::Full), 5);
  EXPECT_EQ(count("openai--gpt-oss-20b.json", LayerType::Sliding), 12);
  EXPECT_EQ(count("meta-llama--Llama-4-Maverick-17B-128E-Instruct.json", LayerType::Chunked), 36);
}

}  // namespace
}  // namespace kvsim::config
