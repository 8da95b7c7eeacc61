// The operators of one step of one replica, from embedding to sampling.
#pragma once

#include "sim/model/operators.hpp"
#include "sim/model/parallel.hpp"

namespace kvsim::model {

/// The step of `model` on one GPU of `parallel`, with a KV cache in format `kv`.
/// Requires: the heads can be shared by the GPUs, and only tensor and expert parallelism are used
/// (checked; see spec/contradictions.hpp for all rules); kv is not Auto.
[[nodiscard]] StepGraph build_step(const spec::ModelSpec& model, const Parallel& parallel,
                                   spec::KvDtype kv);

}  // namespace kvsim::model
