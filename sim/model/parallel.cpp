#include "sim/model/parallel.hpp"

#include <algorithm>

namespace kvsim::model {

Parallel parallel_of(const spec::EngineSpec& engine) {
  return {engine.tensor_parallel_size, engine.enable_expert_parallel};
}

std::int64_t kv_heads_per_gpu(const spec::ModelSpec& model, const Parallel& parallel) {
  return std::max<std::int64_t>(1, spec::kv_heads(model) / parallel.tensor);
}

}  // namespace kvsim::model
