#include "sim/model/parallel.hpp"

#include <algorithm>

namespace kvsim::model {

Parallel parallel_of(const spec::EngineSpec& engine) {
  return {engine.tensor_parallel_size, engine.enable_expert_parallel, engine.pipeline_parallel_size,
          engine.data_parallel_size, engine.decode_context_parallel_size};
}

std::int64_t kv_heads_per_gpu(const spec::ModelSpec& model, spec::LayerType layer,
                              const Parallel& parallel) {
  return std::max<std::int64_t>(1, spec::kv_heads(model, layer) / parallel.tensor);
}

Stage stage_layers(std::int64_t layers, std::int64_t pipeline, std::int64_t stage) {
  const std::int64_t each = layers / pipeline;
  const std::int64_t remainder = layers % pipeline;
  // Stages pipeline-1-remainder .. pipeline-2 have one layer more.
  const std::int64_t first_larger = std::max<std::int64_t>(0, pipeline - 1 - remainder);
  const auto begin = [&](std::int64_t s) {
    return s * each + std::clamp<std::int64_t>(s - first_larger, 0, remainder);
  };
  return {begin(stage), begin(stage + 1)};
}

}  // namespace kvsim::model
