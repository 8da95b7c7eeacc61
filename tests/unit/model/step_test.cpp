#include "sim/model/step.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "shapes.hpp"
#include "sim/model/weights.hpp"

namespace kvsim::model {
namespace {

std::vector<std::string> names(const StepGraph& graph) {
  std::vector<std::string> all;
  for (const Operator& op : graph.operators) {
    all.push_back(op.name);
  }
  return all;
}

TEST(Step, OperatorsAreInTopologicalOrder) {
  for (const spec::ModelSpec& model : {test::llama_8b(), test::deepseek_v3()}) {
    const StepGraph graph = build_step(model, {.tensor = 8}, spec::KvDtype::Bf16);
    EXPECT_EQ(graph.operators.front().name, "embed_tokens");
    EXPECT_EQ(graph.operators.back().name, "sampling");
    for (const auto& [from, to] : graph.edges) {
      EXPECT_LT(from, to);
    }
  }
}

TEST(Step, DenseModelOnOneGpuNeedsNoCollective) {
  const StepGraph graph = build_step(test::llama_8b(), {}, spec::KvDtype::Bf16);
  for (const Operator& op : graph.operators) {
    EXPECT_FALSE(is_collective(op.kind)) << op.name;
  }
}

// Two all-reduces per layer and one for the embedding; an all-gather of the logits, 2 B for each of
// 128 256 tokens.
TEST(Step, TensorParallelismReducesTwicePerLayer) {
  const StepGraph graph = build_step(test::llama_8b(), {.tensor = 4}, spec::KvDtype::Bf16);
  std::int64_t gathers = 0;
  std::int64_t calls = 0;
  for (const Operator& op : graph.operators) {
    calls += op.kind == OperatorKind::AllReduce ? op.calls : 0;
    if (op.kind == OperatorKind::AllGather) {
      EXPECT_EQ(op.bytes_per_row, 2 * 128'256);
      ++gathers;
    }
  }
  EXPECT_EQ(calls, 2 * 32 + 1);
  EXPECT_EQ(gathers, 1);
}

// 3 dense layers, then 58 with experts.
TEST(Step, DeepseekHasBothKindsOfLayers) {
  const StepGraph graph = build_step(test::deepseek_v3(), {.tensor = 8}, spec::KvDtype::Bf16);
  std::int64_t dense = 0;
  std::int64_t routed = 0;
  for (const Operator& op : graph.operators) {
    dense += op.name == "dense_layers.gate_up_proj" ? op.calls : 0;
    routed += op.name == "moe_layers.experts" ? op.calls : 0;
  }
  EXPECT_EQ(dense, 3);
  EXPECT_EQ(routed, 58);
}

// A step of very many tokens reads every weight once: embedding rows are gathered, not read whole,
// and the absorbed copies of MLA are read by decoding only.
TEST(Step, WeightsReadInPrefillAreTheModelsWeights) {
  const BatchShape batch = test::prefill_batch(1 << 20);
  for (const spec::ModelSpec& model : {test::llama_8b(), test::deepseek_v3()}) {
    const Parallel parallel{.tensor = 8};
    std::int64_t read = 0;
    for (const Operator& op : build_step(model, parallel, spec::KvDtype::Bf16).operators) {
      read += op.calls * weight_bytes_read(op, batch);
    }
    std::int64_t held = 0;
    for (const Matrix& matrix : weight_matrices(model, parallel)) {
      held += matrix.name == "embed_tokens" ? 0 : bytes(matrix);
    }
    EXPECT_EQ(read, held) << model.name;
  }
}

// Llama-3.1-8B: 2 FLOPs per weight and token, 7.504 G weights without the embedding; attention
// apart. DeepSeek-V3: 37.55 G active parameters, 0.93 G of them embedding; kv_b_proj is replaced
// by the absorbed factors of the same size.
TEST(Step, FlopsPerTokenAreTwiceTheActiveWeights) {
  const BatchShape batch = test::decode_batch(1, 0);
  for (const spec::ModelSpec& model : {test::llama_8b(), test::deepseek_v3()}) {
    double flops = 0;
    for (const Operator& op : build_step(model, {}, spec::KvDtype::Bf16).operators) {
      flops += static_cast<double>(op.calls) * flops_done(op, batch);
    }
    const auto used =
        static_cast<double>(active_parameter_count(model) - model.vocab_size * model.hidden_size);
    EXPECT_NEAR(flops / (2 * used), 1, 1e-9) << model.name;
  }
}

TEST(Step, EmptyPartsOfTheBatchDoNothing) {
  const BatchShape batch = test::decode_batch(4, 4000);
  for (const Operator& op : build_step(test::deepseek_v3(), {}, spec::KvDtype::Bf16).operators) {
    if (op.kind == OperatorKind::PrefillAttention) {
      EXPECT_EQ(bytes_moved(op, batch), 0);
      EXPECT_EQ(flops_done(op, batch), 0);
    }
  }
}

TEST(Step, ExpertParallelismMovesWholeExperts) {
  const auto experts = [](bool expert_parallel) {
    const StepGraph graph = build_step(
        test::deepseek_v3(), {.tensor = 8, .expert = expert_parallel}, spec::KvDtype::Bf16);
    const auto op = std::find_if(graph.operators.begin(), graph.operators.end(),
                                 [](const Operator& each) { return each.experts.has_value(); });
    return *op->experts;
  };
  EXPECT_EQ(experts(false).experts, 256);
  EXPECT_EQ(experts(true).experts, 32);
  EXPECT_EQ(experts(true).bytes_per_expert, 8 * experts(false).bytes_per_expert);
}

TEST(Dot, NamesEveryOperator) {
  const StepGraph graph = build_step(test::llama_8b(), {}, spec::KvDtype::Bf16);
  const std::string dot = to_dot(graph);
  for (const std::string& name : names(graph)) {
    EXPECT_NE(dot.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace kvsim::model
