// The layers of a model, those that look alike taken together.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/spec/model.hpp"

namespace kvsim::model {

struct LayerClass {
  spec::LayerType type = spec::LayerType::Full;
  spec::MlpType mlp = spec::MlpType::Dense;
  bool owns_kv = true;  ///< false: reads the KV cache of an earlier layer
  std::int64_t count = 0;
};

/// In the order of their first layer.
[[nodiscard]] std::vector<LayerClass> layer_classes(const spec::ModelSpec& model);
/// The same of layers [first, last).
[[nodiscard]] std::vector<LayerClass> layer_classes(const spec::ModelSpec& model,
                                                    std::int64_t first, std::int64_t last);

}  // namespace kvsim::model
