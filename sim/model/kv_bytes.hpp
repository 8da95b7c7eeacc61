// KV bytes of a whole model: what one token of context costs.
#pragma once

#include <string>

#include "sim/base/quantity.hpp"
#include "sim/model/parallel.hpp"

namespace kvsim::model {

/// Format of the cache of `model` under `engine`.
[[nodiscard]] spec::Dtype kv_dtype(const spec::ModelSpec& model, const spec::EngineSpec& engine);

/// All layers, one copy: what one more token of one sequence adds at long context.
[[nodiscard]] BytesPerToken kv_bytes_per_token(const spec::ModelSpec& model, spec::Dtype kv);
/// All layers on one GPU; times the GPUs it exceeds the above wherever KV is replicated.
[[nodiscard]] BytesPerToken kv_bytes_per_token_per_gpu(const spec::ModelSpec& model, spec::Dtype kv,
                                                       const Parallel& parallel);
/// The equation with its numbers.
[[nodiscard]] std::string kv_derivation(const spec::ModelSpec& model, spec::Dtype kv);

}  // namespace kvsim::model
