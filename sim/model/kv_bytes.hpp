// KV bytes of a model: what is stored, where, and what a decode step reads.
#pragma once

#include <string>
#include <vector>

#include "sim/base/quantity.hpp"
#include "sim/model/cache_group.hpp"
#include "sim/model/parallel.hpp"

namespace kvsim::model {

/// Format of the cache of `model` under `engine`; never Auto.
[[nodiscard]] spec::KvDtype kv_dtype(const spec::ModelSpec& model, const spec::EngineSpec& engine);

/// In the order of their first layer. Requires: `kv` is not Auto and the model can be cut so.
[[nodiscard]] std::vector<CacheGroup> cache_groups(const spec::ModelSpec& model, spec::KvDtype kv,
                                                   const Parallel& parallel);

/// All layers, one copy: what one more token of one sequence adds at long context.
[[nodiscard]] BytesPerToken kv_bytes_per_token(const spec::ModelSpec& model, spec::KvDtype kv);
/// All layers, one copy: full windows, full chunks and states, which do not grow with the context.
[[nodiscard]] Bytes kv_bytes_per_sequence_constant(const spec::ModelSpec& model, spec::KvDtype kv);
/// Stored by one sequence of `context` tokens: all layers, one copy, no padding to pages.
[[nodiscard]] Bytes kv_bytes_at_context(const spec::ModelSpec& model, spec::KvDtype kv,
                                        std::int64_t context);
/// What one more token adds on one GPU (of the largest pipeline stage; with context parallelism its
/// share); times the GPUs of one copy it exceeds the above wherever KV is replicated.
[[nodiscard]] BytesPerToken kv_bytes_per_token_per_gpu(const spec::ModelSpec& model,
                                                       spec::KvDtype kv, const Parallel& parallel);
/// Read by one GPU in a decode step of one sequence that then has `context` tokens, states written
/// back included. Requires: pipeline, data and context of `parallel` are 1.
[[nodiscard]] Bytes kv_bytes_read_per_step(const spec::ModelSpec& model, spec::KvDtype kv,
                                           const Parallel& parallel, std::int64_t context);
/// The derivation: one line per group.
[[nodiscard]] std::vector<std::string> kv_derivation(const spec::ModelSpec& model,
                                                     spec::KvDtype kv);

}  // namespace kvsim::model
