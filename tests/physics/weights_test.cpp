// Parameters of the shipped models against what their makers publish.
#include "sim/model/weights.hpp"

#include <gtest/gtest.h>

#include "library.hpp"
#include "shapes.hpp"
#include "sim/memory/hbm_budget.hpp"

namespace kvsim {
namespace {

double billions(std::int64_t parameters) { return static_cast<double>(parameters) / 1e9; }

TEST(Weights, ParameterCountsAreThePublishedOnes) {
  const auto count = [](const char* name) {
    return billions(model::parameter_count(test::shipped_model(name)));
  };
  EXPECT_NEAR(count("llama-3.1-8b"), 8.030, 0.001);
  EXPECT_NEAR(count("llama-3.1-70b"), 70.55, 0.01);
  EXPECT_NEAR(count("llama-3.1-405b"), 405.85, 0.01);
  EXPECT_NEAR(count("llama-2-7b"), 6.738, 0.001);
  EXPECT_NEAR(count("deepseek-v3"), 671.0, 0.1);
}

// DeepSeek-V3 technical report: 37 B of 671 B parameters are active per token.
TEST(Weights, OfTheRoutedExpertsOnlyThoseChosenAreActive) {
  EXPECT_NEAR(billions(model::active_parameter_count(test::deepseek_v3())), 37.55, 0.01);
}

// One FFN: gate, up and down = 3 · 4096 · 14336 parameters, not 2.
TEST(Weights, GatedFfnHasThreeMatrices) {
  std::int64_t elements = 0;
  for (const model::Matrix& matrix : model::ffn_matrices(test::llama_8b(), 14336, 1)) {
    elements += model::elements(matrix);
  }
  EXPECT_EQ(elements, 3 * 4096 * 14336);
}

// fp8 blocks of 128 x 128 with one fp32 scale: 1 + 4/16384 B per element.
TEST(Weights, BlockScalesAreCounted) {
  const model::Matrix matrix{"w", 256, 128, 1, spec::Dtype::Fp8Block};
  EXPECT_EQ(model::bytes(matrix), 256 * 128 + 2 * 4);
}

TEST(Weights, TensorParallelSlicesAddUpWithoutReplication) {
  const spec::ModelSpec model = test::llama_8b();
  const std::int64_t whole = model::weight_bytes_per_gpu(model, {1, false}).value();
  EXPECT_EQ(model::weight_bytes_per_gpu(model, {8, false}).value() * 8, whole);
}

TEST(Weights, ExpertParallelismHoldsTheSameExpertBytes) {
  const spec::ModelSpec model = test::deepseek_v3();
  EXPECT_EQ(model::weight_bytes_per_gpu(model, {8, true}),
            model::weight_bytes_per_gpu(model, {8, false}));
}

// vLLM on one H100 at 0.9: 79.1 · 0.9 − 14.96 − 1.3 − 0.6 GiB leave 27.8 k blocks of 16 tokens,
// 2 MiB each. Our activation estimate is 1.23 GiB where the log said 1.3: within 1 %.
TEST(HbmBudget, Llama8bOnH100HasTheBlocksOfVllmsLog) {
  spec::EngineSpec engine = test::engine();
  engine.gpu_memory_utilization = 0.9;
  const spec::HbmBudget budget = memory::hbm_budget(test::llama_8b(), test::h100(), engine);
  EXPECT_NEAR(static_cast<double>(budget.num_gpu_blocks), 27'800, 278);
  EXPECT_EQ(budget.block_bytes.value(), 2 << 20);
  EXPECT_EQ(budget.kv_cache_tokens, (budget.num_gpu_blocks - 1) * 16);
}

TEST(HbmBudget, SaysWhatDoesNotFitAndShowsTheArithmetic) {
  try {
    static_cast<void>(memory::hbm_budget(test::llama_405b(), test::h100(), test::engine()));
    FAIL() << "811 GB of weights fit into 80 GB";
  } catch (const DoesNotFit& no) {
    EXPECT_EQ(std::string(no.what()),
              "llama-3.1-405b does not fit into the HBM of 1 x h100-sxm\n"
              "  total per GPU             79.10 GiB  (CUDA's figure for h100-sxm)\n"
              "  requested                 72.77 GiB  (x gpu_memory_utilization 0.92)\n"
              "  - weights                755.95 GiB  (405.85 B parameters over 1 GPU(s))\n"
              "  - peak activation          2.61 GiB  (8192 tokens, 1024 sequences)\n"
              "  - outside torch            0.60 GiB  (CUDA context, NCCL buffers: "
              "engine.non_torch_memory)\n"
              "  - CUDA graphs              0.00 GiB  (engine.cuda_graph_memory)\n"
              "  = left for KV           -686.39 GiB\n"
              "  KV per token per GPU       516096 B  (516096 B in one copy of the model)\n"
              "                                       full_attention: 126 layers x 2 (K and V) x 8 "
              "KV heads x 128 head_dim x 2 B (bf16) = 516096 B per token\n"
              "  KV blocks                         0  (8257536 B each)\n"
              "  KV cache tokens                   0  (block 0 is never handed out)\n"
              "  max_model_len                131072  (0.00 such sequences fit, 8192 blocks each)\n"
              "ways out: more GPUs (engine.tensor_parallel_size), larger GPUs, smaller weights "
              "(model.weight_dtype), fewer max_num_batched_tokens");
  }
}

TEST(HbmBudget, OneSequenceOfMaxModelLenMustFit) {
  spec::EngineSpec engine = test::engine();
  engine.num_gpu_blocks_override = 100;  // 99 usable blocks hold 1584 tokens
  engine.max_model_len = 1584;
  EXPECT_EQ(memory::hbm_budget(test::llama_8b(), test::h100(), engine).max_concurrency, 1);
  engine.max_model_len = 1585;
  EXPECT_THROW(static_cast<void>(memory::hbm_budget(test::llama_8b(), test::h100(), engine)),
               DoesNotFit);
}

// 99 usable blocks of 16: 1584 of the model's 131 072 tokens.
TEST(HbmBudget, WithoutMaxModelLenTakesWhatFits) {
  spec::EngineSpec engine = test::engine();
  EXPECT_EQ(memory::hbm_budget(test::llama_8b(), test::h100(), engine).max_model_len, 131'072);
  engine.num_gpu_blocks_override = 100;
  EXPECT_EQ(memory::hbm_budget(test::llama_8b(), test::h100(), engine).max_model_len, 1584);
}

}  // namespace
}  // namespace kvsim
