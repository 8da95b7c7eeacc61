// How much HBM is left for KV blocks, divided as vLLM divides it.
//
//   available = total · gpu_memory_utilization − weights − peak activation − non-torch memory
//               − CUDA graphs (subtracted by vLLM since 0.21; 0 without them)
//   blocks    = available / bytes of one block on one GPU
//
// (vLLM gpu_worker.determine_available_memory, kv_cache_utils.get_num_blocks.) vLLM measures the
// peak activation with a dummy step of max_num_batched_tokens tokens; here it is counted:
//
//   tokens · (hidden + FFN intermediate) · 2 B, for routed experts · experts_per_token,
//   plus logits of max_num_seqs rows: fp32 and a 16-bit copy
//
// Not modelled: what a profile run of the sampler holds at once, fragmentation of the allocator.
#pragma once

#include <string>

#include "sim/spec/engine.hpp"
#include "sim/spec/model.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::memory {

/// Requires: max_num_seqs and max_num_batched_tokens are resolved (checked).
/// Without max_model_len the model's own limit applies, or as much of it as the cache holds (vLLM's
/// --max-model-len auto). Throws DoesNotFit with the arithmetic and ways out when no KV block fits,
/// or when one sequence of a given max_model_len does not (vLLM refuses to start then, too).
[[nodiscard]] spec::HbmBudget hbm_budget(const spec::ModelSpec& model, const spec::GpuSpec& gpu,
                                         const spec::EngineSpec& engine);

/// The same without the refusals: what is left may be negative.
[[nodiscard]] spec::HbmBudget hbm_arithmetic(const spec::ModelSpec& model, const spec::GpuSpec& gpu,
                                             const spec::EngineSpec& engine);

/// The budget line by line, one sentence each: "total 79.10 GiB (CUDA's figure for h100-sxm)".
[[nodiscard]] std::string budget_text(const spec::HbmBudget& budget, const spec::ModelSpec& model,
                                      const spec::GpuSpec& gpu, const spec::EngineSpec& engine);

}  // namespace kvsim::memory
