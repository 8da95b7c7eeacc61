#include "sim/model/mixer.hpp"

namespace kvsim::model {

Span span_of(const spec::ModelSpec& model, spec::LayerType layer) {
  switch (layer) {
    case spec::LayerType::Sliding:
      return {SpanKind::Window, model.sliding_window};
    case spec::LayerType::Chunked:
      return {SpanKind::Chunk, model.attention_chunk_size};
    case spec::LayerType::Full:
    case spec::LayerType::Linear:
    case spec::LayerType::None:
      break;
  }
  return {};
}

Operator of_layers(Operator op, std::int64_t layers, const std::string& prefix) {
  op.name = prefix + op.name;
  op.calls = layers;
  return op;
}

std::unique_ptr<Mixer> make_mixer(const spec::ModelSpec& model, const LayerClass& layers) {
  if (layers.type == spec::LayerType::None) {
    return nullptr;
  }
  if (layers.type == spec::LayerType::Linear) {
    return make_linear_mixer(model);
  }
  if (model.attention.variant == spec::AttentionVariant::Mla) {
    return make_mla_mixer(model, layers);
  }
  const bool sparse = model.attention.nsa && layers.type == spec::LayerType::Full;
  return sparse ? make_nsa_mixer(model, layers) : make_head_mixer(model, layers);
}

}  // namespace kvsim::model
