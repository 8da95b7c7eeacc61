#include "sim/model/attention.hpp"

namespace kvsim::model {

std::unique_ptr<Attention> make_attention(const spec::ModelSpec& model) {
  switch (model.attention.variant) {
    case spec::AttentionVariant::Mha:
    case spec::AttentionVariant::Gqa:
    case spec::AttentionVariant::Mqa:
      return make_head_attention(model);
    case spec::AttentionVariant::Mla:
      return make_mla(model);
  }
  return make_head_attention(model);
}

}  // namespace kvsim::model
