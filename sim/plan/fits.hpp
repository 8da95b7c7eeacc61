// Does a model fit on 1, 2, 4, ... GPUs, and how much KV cache is left for it?
//
// One answer per tensor_parallel_size, each by vLLM's budget (memory/hbm_budget.hpp):
//
//   fits       weights, activations and one sequence of max_model_len
//   sequences  whole ones of the asked length that fit side by side, at their most blocks
//
// Not modelled: pipeline, data and context parallelism.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/quantity.hpp"
#include "sim/spec/engine.hpp"
#include "sim/spec/gpu.hpp"
#include "sim/spec/model.hpp"

namespace kvsim::plan {

struct Fit {
  std::int64_t tensor_parallel_size = 1;
  std::string refusal;  ///< why the model cannot be cut so, "56 heads / 16"; then the rest is empty
  bool fits = false;
  Bytes weights;       ///< on one GPU
  Bytes available_kv;  ///< on one GPU; negative when not even the weights fit
  std::int64_t kv_cache_tokens = 0;
  std::int64_t max_model_len = 0;
  std::int64_t sequences = 0;  ///< of `context` tokens, of max_model_len without
};

/// In the order of `tensor_parallel_sizes`. Requires: `engine` is resolved.
[[nodiscard]] std::vector<Fit> fits(const spec::ModelSpec& model, const spec::GpuSpec& gpu,
                                    spec::EngineSpec engine,
                                    const std::vector<std::int64_t>& tensor_parallel_sizes,
                                    std::optional<std::int64_t> context = std::nullopt);

/// The first rule that the pair breaks, in few words; empty if it breaks none.
[[nodiscard]] std::string short_refusal(const spec::ModelSpec& model,
                                        const spec::EngineSpec& engine);

/// 1, 2, 4, ... up to `largest`.
[[nodiscard]] std::vector<std::int64_t> powers_of_two(std::int64_t largest);

}  // namespace kvsim::plan
