// How one replica's GPUs share a model.
#pragma once

#include <cstdint>

#include "sim/spec/engine.hpp"
#include "sim/spec/model.hpp"

namespace kvsim::model {

/// Tensor parallelism cuts every layer into `tensor` slices; with `expert` set the routed experts
/// stay whole and are dealt out over the same GPUs.
struct Parallel {
  std::int64_t tensor = 1;
  bool expert = false;
};

[[nodiscard]] Parallel parallel_of(const spec::EngineSpec& engine);

/// KV heads that one GPU stores: at least one, so they are replicated when there are more GPUs
/// than heads (vLLM models/*: num_kv_heads = max(1, total // tp)).
[[nodiscard]] std::int64_t kv_heads_per_gpu(const spec::ModelSpec& model, const Parallel& parallel);

}  // namespace kvsim::model
