#include "sim/model/head_shape.hpp"

#include <fmt/format.h>

#include "sim/model/kv_format.hpp"
#include "sim/model/traffic.h"

namespace kvsim::model {

HeadShape::HeadShape(const spec::ModelSpec& model, const LayerClass& layers)
    : model_(model),
      layers_(layers),
      key_(spec::key_width(model, layers.type)),
      value_(spec::value_width(model, layers.type)) {}

std::int64_t HeadShape::query_heads(const Parallel& parallel) const {
  return model_.num_attention_heads / parallel.tensor;
}

std::int64_t HeadShape::kv_heads(const Parallel& parallel) const {
  return kv_heads_per_gpu(model_, layers_.type, parallel);
}

std::int64_t HeadShape::kv_bytes(spec::KvDtype kv) const {
  const std::int64_t heads = spec::kv_heads(model_, layers_.type);
  return vector_bytes(kv, heads, key_) + vector_bytes(kv, heads, value_);
}

std::int64_t HeadShape::kv_bytes_per_gpu(spec::KvDtype kv, const Parallel& parallel) const {
  const std::int64_t heads = kv_heads(parallel);
  return vector_bytes(kv, heads, key_) + vector_bytes(kv, heads, value_);
}

std::int64_t HeadShape::kv_projection_width(const Parallel& parallel) const {
  return kv_heads(parallel) * (key_ + value_);
}

std::vector<Matrix> HeadShape::matrices(const Parallel& parallel) const {
  const std::int64_t gate = model_.attention.attn_output_gate ? value_ : 0;
  const std::int64_t query_width = query_heads(parallel) * (key_ + gate);
  const std::int64_t kv_width = layers_.owns_kv ? kv_projection_width(parallel) : 0;
  return {{layers_.owns_kv ? "qkv_proj" : "q_proj", query_width + kv_width, model_.hidden_size, 1,
           model_.weight_dtype},
          {"o_proj", model_.hidden_size, query_heads(parallel) * value_, 1, model_.weight_dtype}};
}

std::string HeadShape::equation(spec::KvDtype kv) const {
  const std::int64_t heads = spec::kv_heads(model_, layers_.type);
  const std::string widths =
      key_ == value_ ? fmt::format("2 (K and V) x {} KV heads x {} head_dim", heads, key_)
                     : fmt::format("{} KV heads x ({} key + {} value width)", heads, key_, value_);
  return fmt::format("{} x {}", widths, format_text(kv));
}

std::int64_t HeadShape::io_bytes(const Parallel& parallel) const {
  return query_heads(parallel) * (key_ + value_) * 2;  // query in, result out, 16 bits each
}

KernelShape HeadShape::kernel_shape(const Parallel& parallel) const {
  KernelShape shape;
  shape.query_heads = query_heads(parallel);
  shape.kv_heads = kv_heads(parallel);
  shape.head_dim = key_;
  return shape;
}

double HeadShape::flops(const Parallel& parallel) const {
  return traffic::attention_flops(query_heads(parallel), key_, value_);
}

Operator HeadShape::decode(const Parallel& parallel, spec::KvDtype kv, const Span& span,
                           std::int64_t bytes) const {
  Operator op;
  op.name = "decode_attention";
  op.kind = OperatorKind::DecodeAttention;
  op.rows = RowsOf::DecodeSequences;
  op.dtype = spec::kernel_dtype(kv);
  op.bytes_per_row = io_bytes(parallel);
  op.kv_bytes_per_context_token = bytes;
  op.flops_per_context_token = flops(parallel);
  op.tiles_per_sequence = kv_heads(parallel);
  op.shape = kernel_shape(parallel);
  op.context_span = span;
  return op;
}

Operator HeadShape::prefill(const Parallel& parallel, spec::KvDtype kv, const Span& span,
                            std::int64_t bytes) const {
  Operator op;
  op.name = "prefill_attention";
  op.kind = OperatorKind::PrefillAttention;
  op.rows = RowsOf::PrefillTokens;
  op.dtype = spec::kernel_dtype(kv);
  op.bytes_per_row = io_bytes(parallel);
  op.kv_bytes_per_context_token = bytes;
  op.flops_per_pair = flops(parallel);
  op.shape = kernel_shape(parallel);
  op.context_span = span;
  op.pairs_span = span;
  return op;
}

}  // namespace kvsim::model
