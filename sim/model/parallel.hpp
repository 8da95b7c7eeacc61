// How one replica's GPUs share a model.
#pragma once

#include <cstdint>

#include "sim/spec/engine.hpp"
#include "sim/spec/model.hpp"

namespace kvsim::model {

/// Tensor parallelism cuts every layer into `tensor` slices. With `data` > 1 so many groups of
/// `tensor` GPUs serve sequences of their own with attention weights of their own, and share the
/// routed experts. With `expert` set those stay whole and are dealt out over all tensor · data
/// GPUs. `pipeline` cuts the layers into stages; `context` of the tensor GPUs deal out the tokens
/// of a sequence among themselves for decoding.
struct Parallel {
  std::int64_t tensor = 1;
  bool expert = false;
  std::int64_t pipeline = 1;
  std::int64_t data = 1;
  std::int64_t context = 1;

  [[nodiscard]] std::int64_t gpus() const { return tensor * pipeline * data; }
  /// GPUs over which routed experts are cut or dealt out.
  [[nodiscard]] std::int64_t expert_ranks() const { return tensor * data; }
};

[[nodiscard]] Parallel parallel_of(const spec::EngineSpec& engine);

/// KV heads that one GPU stores: at least one, so they are replicated when there are more GPUs
/// than heads (vLLM models/*: num_kv_heads = max(1, total // tp)).
[[nodiscard]] std::int64_t kv_heads_per_gpu(const spec::ModelSpec& model, spec::LayerType layer,
                                            const Parallel& parallel);

/// Layers [first, last) of a stage; a remainder goes to the stages before the last, the last but
/// one first (vLLM distributed/utils.py, get_pp_indices).
struct Stage {
  std::int64_t first = 0;
  std::int64_t last = 0;
};
/// Requires: 0 <= stage < parallel.pipeline <= layers.
[[nodiscard]] Stage stage_layers(std::int64_t layers, std::int64_t pipeline, std::int64_t stage);

}  // namespace kvsim::model
