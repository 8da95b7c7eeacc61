#include "sim/model/layers.hpp"

#include <algorithm>

namespace kvsim::model {
namespace {

bool alike(const LayerClass& a, const LayerClass& b) {
  return a.type == b.type && a.mlp == b.mlp && a.owns_kv == b.owns_kv;
}

}  // namespace

std::vector<LayerClass> layer_classes(const spec::ModelSpec& model) {
  return layer_classes(model, 0, model.num_hidden_layers);
}

std::vector<LayerClass> layer_classes(const spec::ModelSpec& model, std::int64_t first,
                                      std::int64_t last) {
  std::vector<LayerClass> classes;
  for (std::int64_t i = first; i < last; ++i) {
    const LayerClass layer{spec::layer_type(model, i), spec::mlp_type(model, i),
                           spec::owns_kv(model, i), 1};
    const auto known = std::find_if(classes.begin(), classes.end(),
                                    [&](const LayerClass& each) { return alike(each, layer); });
    if (known == classes.end()) {
      classes.push_back(layer);
    } else {
      ++known->count;
    }
  }
  return classes;
}

}  // namespace kvsim::model
