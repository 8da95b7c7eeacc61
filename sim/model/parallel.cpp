#include "sim/model/parallel.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvsim::model {

Parallel parallel_of(const spec::EngineSpec& engine) {
  return {engine.tensor_parallel_size, engine.enable_expert_parallel};
}

std::int64_t kv_heads_per_gpu(const spec::ModelSpec& model, const Parallel& parallel) {
  return std::max<std::int64_t>(1, spec::kv_heads(model) / parallel.tensor);
}

std::optional<std::string> parallelism_problem(const spec::ModelSpec& model,
                                               const Parallel& parallel) {
  const std::int64_t tp = parallel.tensor;
  const std::int64_t heads = model.num_attention_heads;
  const std::int64_t kv = spec::kv_heads(model);
  if (heads % tp != 0) {
    return fmt::format("tensor_parallel_size {} does not divide the {} attention heads of {}", tp,
                       heads, model.name);
  }
  if (kv % tp != 0 && tp % kv != 0) {
    return fmt::format(
        "tensor_parallel_size {} neither divides nor is a multiple of the {} KV "
        "heads of {}",
        tp, kv, model.name);
  }
  if (model.intermediate_size % tp != 0) {
    return fmt::format("tensor_parallel_size {} does not divide intermediate_size {} of {}", tp,
                       model.intermediate_size, model.name);
  }
  if (parallel.expert && !model.moe) {
    return fmt::format("enable_expert_parallel needs a mixture of experts; {} has none",
                       model.name);
  }
  if (parallel.expert && model.moe->n_routed_experts % tp != 0) {
    return fmt::format("{} routed experts of {} cannot be dealt out evenly to {} GPUs",
                       model.moe->n_routed_experts, model.name, tp);
  }
  if (!parallel.expert && model.moe && model.moe->moe_intermediate_size % tp != 0) {
    return fmt::format("tensor_parallel_size {} does not divide moe_intermediate_size {} of {}", tp,
                       model.moe->moe_intermediate_size, model.name);
  }
  return std::nullopt;
}

}  // namespace kvsim::model
