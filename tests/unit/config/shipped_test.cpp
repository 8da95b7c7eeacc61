// Are the files in configs/ right?
#include <gtest/gtest.h>

#include <fstream>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> shipped_files() {
  std::vector<fs::path> files;
  for (const auto& item : fs::recursive_directory_iterator(shipped_library().configs)) {
    if (item.path().extension() == ".yaml") {
      files.push_back(item.path());
    }
  }
  return files;
}

TEST(Shipped, EveryFileStartsByExplainingItself) {
  for (const fs::path& file : shipped_files()) {
    std::string line;
    std::getline(std::ifstream(file) >> std::ws, line);
    EXPECT_TRUE(line.starts_with("# ")) << file;
  }
}

TEST(Shipped, ModelsAndGpusLoadUnderTheirFileNames) {
  for (const spec::ModelSpec& model : load_models(shipped_library())) {
    EXPECT_EQ(load_model(model.name, shipped_library()).name, model.name);
  }
  for (const spec::GpuSpec& gpu : load_gpus(shipped_library())) {
    EXPECT_EQ(load_gpu(gpu.name, shipped_library()).name, gpu.name);
  }
  EXPECT_GE(load_models(shipped_library()).size(), 5U);
  EXPECT_GE(load_gpus(shipped_library()).size(), 19U);
}

TEST(Shipped, CardsLoad) { EXPECT_NO_THROW((void)load_cards(shipped_library())); }

TEST(Shipped, EngineProfileHoldsVllmsDefaults) {
  const spec::EngineSpec engine = load_engine("vllm-0.24", shipped_library());
  EXPECT_EQ(engine.profile, "vllm-0.24");
  EXPECT_EQ(engine.gpu_memory_utilization, 0.92);
  EXPECT_FALSE(engine.max_num_seqs);
  EXPECT_EQ(engine.non_torch_memory, Bytes(644245094));  // 0.6 · 2^30, rounded
}

// deepseek-ai/DeepSeek-V3 config.json.
TEST(Shipped, DeepSeekV3IsMla) {
  const spec::ModelSpec model = load_model("deepseek-v3", shipped_library());
  EXPECT_EQ(model.attention.variant, spec::AttentionVariant::Mla);
  EXPECT_EQ(model.attention.kv_lora_rank + model.attention.qk_rope_head_dim, 576);
  EXPECT_EQ(model.weight_dtype, spec::Dtype::Fp8Block);
  ASSERT_TRUE(model.moe);
  EXPECT_EQ(model.moe->n_routed_experts, 256);
  EXPECT_EQ(model.moe->first_k_dense_replace, 3);
}

TEST(Shipped, H100HasItsDatasheetFigures) {
  const spec::GpuSpec gpu = load_gpu("h100-sxm", shipped_library());
  EXPECT_EQ(gpu.hbm.bandwidth, BytesPerSecond(3.35e12));
  EXPECT_EQ(gpu.peak.bf16, FlopsPerSecond(989e12));
  EXPECT_EQ(gpu.nvlink_bandwidth, BytesPerSecond(450e9));
}

TEST(Shipped, StudiesLoad) {
  const LoadOptions options{shipped_library(), {}, 0};
  const fs::path studies = shipped_library().configs / "studies";
  const auto attention = load_study(studies / "mha-vs-mla.yaml", options);
  EXPECT_EQ(attention.runs.size(), 4 * 4U);
  EXPECT_EQ(attention.runs.front().id, "mla-request_rate-2-s");
  EXPECT_EQ(attention.warnings.size(), 3U);  // head_dim of GQA, MQA and MHA
  const auto conversations = load_study(studies / "azure-conv.yaml", options);
  ASSERT_EQ(conversations.runs.size(), 2U);
  EXPECT_EQ(conversations.runs[1].model.name, "llama-3.1-70b");
  EXPECT_EQ(conversations.runs[1].engine.tensor_parallel_size, 4);
}

}  // namespace
}  // namespace kvsim::config
