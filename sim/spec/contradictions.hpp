// Rules between the model and the engine that serves it: what vLLM refuses at its start.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/spec/engine.hpp"
#include "sim/spec/model.hpp"

namespace kvsim::spec {

struct Contradiction {
  std::vector<std::string_view> paths;  ///< keys to change, the likeliest first
  std::string message;
  std::string way_out;
};

/// Everything about the pair that cannot be; empty when it can run (if it fits into HBM).
[[nodiscard]] std::vector<Contradiction> contradictions(const ModelSpec& model,
                                                        const EngineSpec& engine);

}  // namespace kvsim::spec
