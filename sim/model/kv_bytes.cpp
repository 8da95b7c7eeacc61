#include "sim/model/kv_bytes.hpp"

#include "sim/model/attention.hpp"

namespace kvsim::model {

spec::Dtype kv_dtype(const spec::ModelSpec& model, const spec::EngineSpec& engine) {
  return spec::resolve(engine.kv_cache_dtype, model.dtype);
}

BytesPerToken kv_bytes_per_token(const spec::ModelSpec& model, spec::Dtype kv) {
  return BytesPerToken(model.num_hidden_layers * make_attention(model)->kv_bytes_per_token(kv));
}

BytesPerToken kv_bytes_per_token_per_gpu(const spec::ModelSpec& model, spec::Dtype kv,
                                         const Parallel& parallel) {
  return BytesPerToken(model.num_hidden_layers *
                       make_attention(model)->kv_bytes_per_token_per_gpu(kv, parallel));
}

std::string kv_derivation(const spec::ModelSpec& model, spec::Dtype kv) {
  return make_attention(model)->derivation(kv);
}

}  // namespace kvsim::model
