// Attention with keys and values per KV head: MHA (one per query head), GQA (one per group of
// query heads, Ainslie et al. 2023), MQA (one in all, Shazeer 2019).
//
//   KV bytes per token and layer = 2 · kv_heads · head_dim · sizeof(dtype)
//
// On one of tp GPUs: max(1, kv_heads / tp) heads, so KV is replicated when tp > kv_heads.
// Not modelled: biases, query/key norms, sliding windows, scales of a quantised cache.
#include <fmt/format.h>

#include "sim/model/attention.hpp"
#include "sim/model/gemm.hpp"
#include "sim/model/traffic.h"

namespace kvsim::model {
namespace {

class HeadAttention final : public Attention {
 public:
  explicit HeadAttention(const spec::ModelSpec& model) : model_(model) {}

  [[nodiscard]] std::int64_t kv_bytes_per_token(spec::Dtype kv) const override {
    return traffic::kv_bytes_per_token(spec::kv_heads(model_), head_dim(), bytes_of(kv, 1));
  }

  [[nodiscard]] std::int64_t kv_bytes_per_token_per_gpu(spec::Dtype kv,
                                                        const Parallel& parallel) const override {
    return traffic::kv_bytes_per_token(kv_heads_per_gpu(model_, parallel), head_dim(),
                                       bytes_of(kv, 1));
  }

  [[nodiscard]] std::vector<Matrix> matrices(const Parallel& parallel) const override {
    const std::int64_t query_width = query_heads(parallel) * head_dim();
    const std::int64_t kv_width = 2 * kv_heads_per_gpu(model_, parallel) * head_dim();
    return {{"qkv_proj", query_width + kv_width, model_.hidden_size, 1, model_.weight_dtype},
            {"o_proj", model_.hidden_size, query_width, 1, model_.weight_dtype}};
  }

  StepBuilder::Node add_operators(StepBuilder& builder, const Parallel& parallel, spec::Dtype kv,
                                  std::int64_t layers, const std::string& prefix,
                                  StepBuilder::Node input) const override {
    const std::vector<Matrix> weights = matrices(parallel);
    const auto qkv = builder.add(gemm(prefix, weights[0], RowsOf::StepTokens, layers), {input});
    const auto decode = builder.add(decode_attention(parallel, kv, layers, prefix), {qkv});
    const auto prefill = builder.add(prefill_attention(parallel, kv, layers, prefix), {qkv});
    return builder.add(gemm(prefix, weights[1], RowsOf::StepTokens, layers), {decode, prefill});
  }

  [[nodiscard]] std::string derivation(spec::Dtype kv) const override {
    return fmt::format("{} layers x 2 (K and V) x {} KV heads x {} head_dim x {} B ({}) = {} B",
                       model_.num_hidden_layers, spec::kv_heads(model_), head_dim(),
                       bytes_of(kv, 1), spec::name_of(kv, spec::kDtypeNames),
                       model_.num_hidden_layers * kv_bytes_per_token(kv));
  }

 private:
  [[nodiscard]] std::int64_t head_dim() const { return model_.attention.head_dim; }
  [[nodiscard]] std::int64_t query_heads(const Parallel& parallel) const {
    return model_.num_attention_heads / parallel.tensor;
  }

  [[nodiscard]] Operator decode_attention(const Parallel& parallel, spec::Dtype kv,
                                          std::int64_t layers, const std::string& prefix) const {
    Operator op;
    op.name = prefix + "decode_attention";
    op.kind = OperatorKind::DecodeAttention;
    op.rows = RowsOf::DecodeSequences;
    op.dtype = kv;
    op.calls = layers;
    op.bytes_per_row = traffic::decode_io_bytes(query_heads(parallel), head_dim());
    op.kv_bytes_per_context_token = kv_bytes_per_token_per_gpu(kv, parallel);
    op.flops_per_context_token =
        traffic::attention_flops(query_heads(parallel), head_dim(), head_dim());
    op.tiles_per_sequence = kv_heads_per_gpu(model_, parallel);
    return op;
  }

  [[nodiscard]] Operator prefill_attention(const Parallel& parallel, spec::Dtype kv,
                                           std::int64_t layers, const std::string& prefix) const {
    Operator op;
    op.name = prefix + "prefill_attention";
    op.kind = OperatorKind::PrefillAttention;
    op.rows = RowsOf::PrefillTokens;
    op.dtype = kv;
    op.calls = layers;
    op.bytes_per_row = traffic::decode_io_bytes(query_heads(parallel), head_dim());
    op.kv_bytes_per_context_token = kv_bytes_per_token_per_gpu(kv, parallel);
    op.flops_per_pair = traffic::attention_flops(query_heads(parallel), head_dim(), head_dim());
    return op;
  }

  spec::ModelSpec model_;
};

}  // namespace

std::unique_ptr<Attention> make_head_attention(const spec::ModelSpec& model) {
  return std::make_unique<HeadAttention>(model);
}

}  // namespace kvsim::model
