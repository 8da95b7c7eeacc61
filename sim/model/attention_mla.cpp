// Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434, section 2.1).
//
//   KV bytes per token and layer = (kv_lora_rank + qk_rope_head_dim) · sizeof(dtype)
//
// for all heads together: keys and values are read from one latent vector, and the rotary key is
// shared. Every GPU of a tensor-parallel group stores the whole latent.
//
// Decoding uses the absorbed form (queries are taken into the latent space, the cache is read as
// it is); prefill expands the latents of its whole context to heads, once per chunk. This is what
// vLLM does. The absorbed factors W_UK and W_UV are kept in 16 bits beside kv_b_proj, as vLLM
// keeps them.
//
// Not modelled: the fp8 layout with its own scales, sparse attention on top of MLA.
#include <fmt/format.h>

#include "sim/model/attention.hpp"
#include "sim/model/gemm.hpp"
#include "sim/model/traffic.h"

namespace kvsim::model {
namespace {

// FlashMLA's tile of query heads: a sequence takes ceil(heads / 64) tiles
// (FlashMLA csrc get_decoding_sched_meta; PHYSICS 3.3).
constexpr std::int64_t kHeadsPerTile = 64;

class LatentAttention final : public Attention {
 public:
  explicit LatentAttention(const spec::ModelSpec& model) : model_(model) {}

  [[nodiscard]] std::int64_t kv_bytes_per_token(spec::Dtype kv) const override {
    return traffic::mla_kv_bytes_per_token(rank(), rope(), bytes_of(kv, 1));
  }

  [[nodiscard]] std::int64_t kv_bytes_per_token_per_gpu(spec::Dtype kv,
                                                        const Parallel&) const override {
    return kv_bytes_per_token(kv);
  }

  [[nodiscard]] std::vector<Matrix> matrices(const Parallel& parallel) const override {
    std::vector<Matrix> all = query_matrices(parallel);
    all.push_back(kv_b(parallel));
    all.push_back(output(parallel));
    return all;
  }

  [[nodiscard]] std::vector<Matrix> resident_copies(const Parallel& parallel) const override {
    return {absorb(parallel), expand(parallel)};
  }

  StepBuilder::Node add_operators(StepBuilder& builder, const Parallel& parallel, spec::Dtype kv,
                                  std::int64_t layers, const std::string& prefix,
                                  StepBuilder::Node input) const override {
    StepBuilder::Node last = input;
    for (const Matrix& matrix : query_matrices(parallel)) {
      last = builder.add(gemm(prefix, matrix, RowsOf::StepTokens, layers), {last});
    }
    const auto decode = add_decode(builder, parallel, kv, layers, prefix, last);
    const auto prefill = add_prefill(builder, parallel, kv, layers, prefix, last);
    return builder.add(gemm(prefix, output(parallel), RowsOf::StepTokens, layers),
                       {decode, prefill});
  }

  [[nodiscard]] std::string derivation(spec::Dtype kv) const override {
    return fmt::format(
        "{} layers x ({} kv_lora_rank + {} qk_rope_head_dim) x {} B ({}) = {} B, on every GPU",
        model_.num_hidden_layers, rank(), rope(), bytes_of(kv, 1),
        spec::name_of(kv, spec::kDtypeNames), model_.num_hidden_layers * kv_bytes_per_token(kv));
  }

 private:
  [[nodiscard]] const spec::AttentionSpec& shape() const { return model_.attention; }
  [[nodiscard]] std::int64_t rank() const { return shape().kv_lora_rank; }
  [[nodiscard]] std::int64_t rope() const { return shape().qk_rope_head_dim; }
  [[nodiscard]] std::int64_t nope() const { return shape().qk_nope_head_dim; }
  [[nodiscard]] std::int64_t value() const { return shape().v_head_dim; }
  [[nodiscard]] std::int64_t heads(const Parallel& parallel) const {
    return model_.num_attention_heads / parallel.tensor;
  }

  // Down-projections are replicated, up-projections are cut by heads (vLLM deepseek_v2.py).
  [[nodiscard]] std::vector<Matrix> query_matrices(const Parallel& parallel) const {
    const std::int64_t query_width = heads(parallel) * (nope() + rope());
    const spec::Dtype dtype = model_.weight_dtype;
    if (shape().q_lora_rank == 0) {
      return {{"q_proj", query_width, model_.hidden_size, 1, dtype},
              {"kv_a_proj", rank() + rope(), model_.hidden_size, 1, dtype}};
    }
    return {
        {"fused_qkv_a_proj", shape().q_lora_rank + rank() + rope(), model_.hidden_size, 1, dtype},
        {"q_b_proj", query_width, shape().q_lora_rank, 1, dtype}};
  }

  [[nodiscard]] Matrix kv_b(const Parallel& parallel) const {
    return {"kv_b_proj", heads(parallel) * (nope() + value()), rank(), 1, model_.weight_dtype};
  }
  [[nodiscard]] Matrix output(const Parallel& parallel) const {
    return {"o_proj", model_.hidden_size, heads(parallel) * value(), 1, model_.weight_dtype};
  }

  // W_UK and W_UV of the absorbed form, per head, in the activations' format.
  [[nodiscard]] Matrix absorb(const Parallel& parallel) const {
    return {"absorb_w_uk", rank(), nope(), heads(parallel), model_.dtype};
  }
  [[nodiscard]] Matrix expand(const Parallel& parallel) const {
    return {"apply_w_uv", value(), rank(), heads(parallel), model_.dtype};
  }

  StepBuilder::Node add_decode(StepBuilder& builder, const Parallel& parallel, spec::Dtype kv,
                               std::int64_t layers, const std::string& prefix,
                               StepBuilder::Node query) const {
    const std::int64_t h = heads(parallel);
    const auto absorbed =
        builder.add(gemm(prefix, absorb(parallel), RowsOf::DecodeSequences, layers), {query});
    Operator core;
    core.name = prefix + "decode_attention";
    core.kind = OperatorKind::DecodeAttentionMla;
    core.rows = RowsOf::DecodeSequences;
    core.dtype = kv;
    core.calls = layers;
    core.bytes_per_row = traffic::mla_decode_io_bytes(h, rank(), rope());
    core.kv_bytes_per_context_token = kv_bytes_per_token(kv);
    core.flops_per_context_token = traffic::attention_flops(h, rank() + rope(), rank());
    core.tiles_per_sequence = (h + kHeadsPerTile - 1) / kHeadsPerTile;
    const auto attended = builder.add(core, {absorbed});
    return builder.add(gemm(prefix, expand(parallel), RowsOf::DecodeSequences, layers), {attended});
  }

  // The cache is read by the expansion; attention then reads the expanded keys and values.
  StepBuilder::Node add_prefill(StepBuilder& builder, const Parallel& parallel, spec::Dtype kv,
                                std::int64_t layers, const std::string& prefix,
                                StepBuilder::Node query) const {
    const std::int64_t h = heads(parallel);
    Operator up_projection = gemm(prefix, kv_b(parallel), RowsOf::PrefillContext, layers);
    up_projection.bytes_per_row = 2 * h * (nope() + value());
    up_projection.kv_bytes_per_context_token = kv_bytes_per_token(kv);
    const auto expanded = builder.add(up_projection, {query});
    Operator core;
    core.name = prefix + "prefill_attention";
    core.kind = OperatorKind::PrefillAttention;
    core.rows = RowsOf::PrefillContext;
    core.dtype = model_.dtype;
    core.calls = layers;
    core.bytes_per_row = 2 * h * (nope() + rope() + value());
    core.flops_per_pair = traffic::attention_flops(h, nope() + rope(), value());
    return builder.add(core, {expanded});
  }

  spec::ModelSpec model_;
};

}  // namespace

std::unique_ptr<Attention> make_mla(const spec::ModelSpec& model) {
  return std::make_unique<LatentAttention>(model);
}

}  // namespace kvsim::model
