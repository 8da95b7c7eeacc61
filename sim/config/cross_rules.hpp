// Rules between a model and the engine that serves it: what vLLM itself refuses at start.
#pragma once

#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::config {

/// Requires: `run` was read without faults and its engine is resolved; `tree` is where it came
/// from.
void check_model_against_engine(const spec::RunSpec& run, const Node& tree, Faults& faults);

}  // namespace kvsim::config
