// Attention: decode over paged caches, absorbed MLA, causal prefill, and states of linear
// attention.
#include <fmt/format.h>

#include "calibration/fit/sample_layout.hpp"
#include "sim/base/check.hpp"
#include "sim/model/mixer.hpp"
#include "sim/model/traffic.h"

namespace kvsim::fit {
namespace {

using model::Operator;
using model::OperatorKind;
using model::RowsOf;

// MLA of DeepSeek-V2 and its heirs, the only one that tables hold: latent 512, rotary key 64.
constexpr std::int64_t kLatent = 512;
constexpr std::int64_t kRope = 64;
constexpr std::int64_t kMlaHeadsPerTile = 64;
constexpr std::int64_t kCommonWidth = 128;  // of a head

std::string variant_of(std::int64_t heads, std::int64_t kv_heads) {
  if (kv_heads == 1) {
    return heads == 1 ? "mha" : "mqa";
  }
  return heads == kv_heads ? "mha" : fmt::format("gqa-{}", heads / kv_heads);
}

std::string head_shape(const Row& row) {
  return fmt::format("{} x {} x {}", row["heads"], row["kv_heads"], row["head_dim"]);
}

std::int64_t element_bytes(spec::Dtype dtype) { return spec::bytes_of(dtype, 1); }

Operator attention(const Row& row, spec::Dtype dtype) {
  const std::int64_t heads = row["heads"];
  const std::int64_t width = row["head_dim"];
  Operator op;
  op.dtype = dtype;
  op.bytes_per_row = traffic::decode_io_bytes(heads, width);
  op.kv_bytes_per_context_token =
      traffic::kv_bytes_per_token(row["kv_heads"], width, element_bytes(dtype));
  op.shape.query_heads = heads;
  op.shape.kv_heads = row["kv_heads"];
  op.shape.head_dim = width;
  return op;
}

Sample decode_attention(const Row& row, spec::Dtype dtype) {
  const std::int64_t window = row.value_or("window", 0);
  Sample sample;
  sample.op = attention(row, dtype);
  if (window > 0) {
    sample.op.context_span = {model::SpanKind::Window, window};
  }
  sample.op.name = "decode_attention";
  sample.op.kind = OperatorKind::DecodeAttention;
  sample.op.rows = RowsOf::DecodeSequences;
  sample.op.flops_per_context_token =
      traffic::attention_flops(row["heads"], row["head_dim"], row["head_dim"]);
  sample.op.tiles_per_sequence = row["kv_heads"];
  model::add_decode(sample.batch, {sample.op.context_span}, row["ctx"], row["batch"]);
  sample.context = row["ctx"];
  sample.variant = window > 0 ? "window" : variant_of(row["heads"], row["kv_heads"]);
  sample.shape = head_shape(row);
  return sample;
}

Sample decode_attention_mla(const Row& row, spec::Dtype dtype) {
  const std::int64_t heads = row["heads"];
  Sample sample;
  sample.op.name = "decode_attention";
  sample.op.kind = OperatorKind::DecodeAttentionMla;
  sample.op.rows = RowsOf::DecodeSequences;
  sample.op.dtype = dtype;
  sample.op.bytes_per_row = traffic::mla_decode_io_bytes(heads, kLatent, kRope);
  sample.op.kv_bytes_per_context_token =
      traffic::mla_kv_bytes_per_token(kLatent, kRope, element_bytes(dtype));
  sample.op.flops_per_context_token = traffic::attention_flops(heads, kLatent + kRope, kLatent);
  sample.op.tiles_per_sequence = (heads + kMlaHeadsPerTile - 1) / kMlaHeadsPerTile;
  sample.op.shape = {0, 0, heads, 1, kLatent + kRope};
  model::add_decode(sample.batch, {model::Span{}}, row["ctx"], row["batch"]);
  sample.variant = "mla";
  sample.shape = fmt::format("{} heads x {}", heads, row["batch"]);
  return sample;
}

Sample prefill_attention(const Row& row, spec::Dtype dtype) {
  Sample sample;
  sample.op = attention(row, dtype);
  sample.op.name = "prefill_attention";
  sample.op.kind = OperatorKind::PrefillAttention;
  sample.op.rows = RowsOf::PrefillTokens;
  sample.op.flops_per_pair =
      traffic::attention_flops(row["heads"], row["head_dim"], row["head_dim"]);
  for (std::int64_t i = 0; i < row["batch"]; ++i) {
    model::add_prefill(sample.batch, {model::Span{}}, row.value_or("step", 0), row["isl"]);
  }
  sample.variant = variant_of(row["heads"], row["kv_heads"]);
  sample.shape = head_shape(row);
  sample.regime = row["isl"] >= 512 ? "isl >= 512" : "isl < 512";
  if (row["head_dim"] != kCommonWidth) {
    sample.regime += fmt::format(", head_dim {}", row["head_dim"]);
  }
  return sample;
}

// The simulator's own operator of a gated delta net with these heads.
Operator linear_attention(const Row& row, OperatorKind kind) {
  spec::ModelSpec model;
  model.hidden_size = 1;
  spec::LinearSpec linear;
  linear.kind = spec::LinearKind::GatedDeltaNet;
  linear.num_heads = row["v_heads"];
  linear.head_dim = row["head_v_dim"];
  linear.num_key_heads = row["k_heads"];
  linear.key_head_dim = row["head_k_dim"];
  linear.conv_kernel = row["d_conv"];
  model.linear_attention = linear;
  model::StepBuilder builder;
  const auto nothing = builder.add({}, {});
  model::make_linear_mixer(model)->add_operators(builder, {}, spec::KvDtype::Bf16, 1, "", nothing);
  for (const Operator& op : builder.finish().operators) {
    if (op.kind == kind) {
      return op;
    }
  }
  throw InternalError("linear attention has no such operator");
}

std::string linear_shape(const Row& row) {
  return fmt::format("{} x {} value heads, {} key heads", row["v_heads"], row["head_v_dim"],
                     row["k_heads"]);
}

Sample decode_linear(const Row& row, spec::Dtype) {
  Sample sample;
  sample.op = linear_attention(row, OperatorKind::DecodeLinear);
  model::add_decode(sample.batch, {model::Span{}}, 1, row["batch"]);
  sample.shape = linear_shape(row);
  return sample;
}

Sample prefill_linear(const Row& row, spec::Dtype) {
  Sample sample;
  sample.op = linear_attention(row, OperatorKind::PrefillLinear);
  for (std::int64_t i = 0; i < row["batch"]; ++i) {
    model::add_prefill(sample.batch, {model::Span{}}, 0, row["seq_len"]);
  }
  sample.shape = linear_shape(row);
  sample.regime = row["seq_len"] >= 512 ? "seq_len >= 512" : "seq_len < 512";
  return sample;
}

}  // namespace

std::vector<Layout> attention_layouts() {
  using enum spec::CardOperator;
  const std::vector<std::string_view> heads = {"k_heads", "head_k_dim", "v_heads", "head_v_dim",
                                               "d_conv"};
  const auto with = [](std::vector<std::string_view> first,
                       const std::vector<std::string_view>& rest) {
    first.insert(first.end(), rest.begin(), rest.end());
    return first;
  };
  return {{DecodeAttention,
           {"batch", "heads", "kv_heads", "head_dim", "ctx"},
           {"window"},
           "kv_dtype",
           Repeats::RereadCache,
           decode_attention},
          {DecodeAttentionMla,
           {"batch", "heads", "ctx"},
           {},
           "kv_dtype",
           Repeats::RereadCache,
           decode_attention_mla},
          {PrefillAttention,
           {"batch", "isl", "heads", "kv_heads", "head_dim"},
           {"step"},
           "kv_dtype",
           Repeats::RotateWeights,
           prefill_attention},
          {DecodeLinear, with({"batch"}, heads), {}, "dtype", Repeats::RereadCache, decode_linear},
          {PrefillLinear,
           with({"batch", "seq_len"}, heads),
           {},
           "dtype",
           Repeats::RereadActivations,
           prefill_linear}};
}

}  // namespace kvsim::fit
