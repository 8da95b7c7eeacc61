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
// Formats: 16 bits; fp8 with one scale per tensor; fp8_ds_mla, 512 e4m3 + 4 fp32 scales + 64 bf16
// = 656 bytes (FlashMLA README 2025-09-29; vLLM hard-codes it).
//
// With an indexer (DeepSeek sparse attention, DeepSeek-V3.2-Exp inference/model.py) a layer also
// caches one fp8 key of index_head_dim and its fp32 scale. Each query scores all cached keys, then
// attends to the best index_topk tokens, absorbed in prefill as in decoding.
//
// Not modelled: the top-k selection itself; dense prefill of short prompts in sparse models.
#include <fmt/format.h>

#include <optional>

#include "sim/model/gemm.hpp"
#include "sim/model/kv_format.hpp"
#include "sim/model/mixer.hpp"
#include "sim/model/traffic.h"

namespace kvsim::model {
namespace {

// FlashMLA's tile of query heads: a sequence takes ceil(heads / 64) tiles
// (FlashMLA csrc get_decoding_sched_meta; PHYSICS 3.3).
constexpr std::int64_t kHeadsPerTile = 64;

constexpr std::int64_t kScaleTile = 128;  // values per fp32 scale (fp8_ds_mla, indexer key)
constexpr std::int64_t kFp32 = 4;

class LatentMixer final : public Mixer {
 public:
  LatentMixer(const spec::ModelSpec& model, const LayerClass& layers)
      : model_(model), layers_(layers), span_(span_of(model, layers.type)) {}

  [[nodiscard]] std::vector<CacheGroup> caches(spec::KvDtype kv, const Parallel&) const override {
    CacheGroup group;
    group.name = spec::name_of(layers_.type, spec::kLayerTypeNames);
    group.type = layers_.type;
    group.span = span_;
    group.bytes_per_token = latent_bytes(kv) + indexer_bytes();
    group.bytes_per_token_per_gpu = group.bytes_per_token;
    group.equation = equation(kv);
    return {group};
  }

  [[nodiscard]] std::vector<Matrix> matrices(const Parallel& parallel) const override {
    std::vector<Matrix> all = query_matrices(parallel);
    all.push_back(kv_b(parallel));
    all.push_back(output(parallel));
    for (const Matrix& matrix : indexer_matrices()) {
      all.push_back(matrix);
    }
    return all;
  }

  [[nodiscard]] std::vector<Matrix> resident_copies(const Parallel& parallel) const override {
    return {absorb(parallel), expand(parallel)};
  }

  [[nodiscard]] std::int64_t bytes_read(spec::KvDtype kv, const Parallel&,
                                        std::int64_t context) const override {
    return latent_bytes(kv) * attended(read_span(), context - 1) + indexer_bytes() * context;
  }

  StepBuilder::Node add_operators(StepBuilder& builder, const Parallel& parallel, spec::KvDtype kv,
                                  std::int64_t layers, const std::string& prefix,
                                  StepBuilder::Node input) const override {
    StepBuilder::Node last = input;
    for (const Matrix& matrix : query_matrices(parallel)) {
      last = builder.add(gemm(prefix, matrix, RowsOf::StepTokens, layers), {last});
    }
    const Place place{builder, parallel, kv, layers, prefix};
    std::vector<StepBuilder::Node> done;
    if (sparse()) {
      last = add_indexer(place, last);
      done = add_absorbed(place, last, absorbed_prefill(parallel, kv), RowsOf::StepTokens);
    } else {
      done = add_absorbed(place, last, std::nullopt, RowsOf::DecodeSequences);
      done.push_back(add_expanded_prefill(place, last));
    }
    return builder.add(gemm(prefix, output(parallel), RowsOf::StepTokens, layers), done);
  }

 private:
  struct Place {
    StepBuilder& builder;
    const Parallel& parallel;
    spec::KvDtype kv;
    std::int64_t layers;
    const std::string& prefix;
  };

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

  [[nodiscard]] bool sparse() const { return shape().indexer.has_value(); }
  [[nodiscard]] Span read_span() const {
    return sparse() ? Span{SpanKind::Window, shape().indexer->index_topk} : span_;
  }

  [[nodiscard]] std::int64_t latent_bytes(spec::KvDtype kv) const {
    return kv == spec::KvDtype::Fp8DsMla
               ? rank() + rank() / kScaleTile * kFp32 + rope() * 2
               : traffic::mla_kv_bytes_per_token(rank(), rope(), vector_bytes(kv, 1, 1));
  }
  [[nodiscard]] std::int64_t indexer_bytes() const {
    return sparse() ? shape().indexer->index_head_dim +
                          shape().indexer->index_head_dim / kScaleTile * kFp32
                    : 0;
  }

  [[nodiscard]] std::string equation(spec::KvDtype kv) const {
    const std::string latent = kv == spec::KvDtype::Fp8DsMla
                                   ? fmt::format("({} e4m3 + {} fp32 scales x 4 B + {} rope x 2 B)",
                                                 rank(), rank() / kScaleTile, rope())
                                   : fmt::format("({} kv_lora_rank + {} qk_rope_head_dim) x {}",
                                                 rank(), rope(), format_text(kv));
    return sparse() ? fmt::format("({} + {} B indexer key and scale)", latent, indexer_bytes())
                    : latent;
  }

  // wq_b, wk and weights_proj, whole on every GPU (vLLM deepseek_v2.py, Indexer).
  [[nodiscard]] std::vector<Matrix> indexer_matrices() const {
    if (!sparse()) {
      return {};
    }
    const spec::IndexerSpec& indexer = *shape().indexer;
    const std::int64_t query_source =
        shape().q_lora_rank > 0 ? shape().q_lora_rank : model_.hidden_size;
    return {{"indexer_wq_b", indexer.index_n_heads * indexer.index_head_dim, query_source, 1,
             model_.weight_dtype},
            {"indexer_wk_weights", indexer.index_head_dim + indexer.index_n_heads,
             model_.hidden_size, 1, model_.weight_dtype}};
  }

  StepBuilder::Node add_indexer(const Place& place, StepBuilder::Node query) const {
    StepBuilder::Node last = query;
    for (const Matrix& matrix : indexer_matrices()) {
      last =
          place.builder.add(gemm(place.prefix, matrix, RowsOf::StepTokens, place.layers), {last});
    }
    const spec::IndexerSpec& indexer = *shape().indexer;
    Operator score;
    score.kind = OperatorKind::Indexer;
    score.dtype = spec::Dtype::Fp8;
    score.bytes_per_row = indexer.index_n_heads * indexer.index_head_dim;
    score.kv_bytes_per_context_token = indexer_bytes();
    // One product of all heads per cached key (PHYSICS 2.1: 2 · heads · width).
    const double flops = 2.0 * static_cast<double>(indexer.index_n_heads * indexer.index_head_dim);
    Operator decode = score;
    decode.name = "indexer_decode";
    decode.rows = RowsOf::DecodeSequences;
    decode.flops_per_context_token = flops;
    Operator prefill = score;
    prefill.name = "indexer_prefill";
    prefill.rows = RowsOf::PrefillTokens;
    prefill.flops_per_pair = flops;
    const auto scored = place.builder.add(of_layers(decode, place.layers, place.prefix), {last});
    return place.builder.add(of_layers(prefill, place.layers, place.prefix), {scored});
  }

  // Queries into the latent space, attention over latents, results back to heads; for decoding, and
  // for prefill too where that is absorbed.
  [[nodiscard]] std::vector<StepBuilder::Node> add_absorbed(const Place& place,
                                                            StepBuilder::Node query,
                                                            const std::optional<Operator>& prefill,
                                                            RowsOf rows) const {
    const auto absorbed =
        place.builder.add(gemm(place.prefix, absorb(place.parallel), rows, place.layers), {query});
    std::vector<StepBuilder::Node> attended{place.builder.add(
        of_layers(decode_core(place.parallel, place.kv), place.layers, place.prefix), {absorbed})};
    if (prefill) {
      attended.push_back(
          place.builder.add(of_layers(*prefill, place.layers, place.prefix), {absorbed}));
    }
    return {place.builder.add(gemm(place.prefix, expand(place.parallel), rows, place.layers),
                              attended)};
  }

  [[nodiscard]] Operator decode_core(const Parallel& parallel, spec::KvDtype kv) const {
    const std::int64_t h = heads(parallel);
    Operator core;
    core.name = "decode_attention";
    core.kind = sparse() ? OperatorKind::DecodeAttentionSparse : OperatorKind::DecodeAttentionMla;
    core.rows = RowsOf::DecodeSequences;
    core.dtype = spec::kernel_dtype(kv);
    core.bytes_per_row = traffic::mla_decode_io_bytes(h, rank(), rope());
    core.kv_bytes_per_context_token = latent_bytes(kv);
    core.flops_per_context_token = traffic::attention_flops(h, rank() + rope(), rank());
    core.tiles_per_sequence = (h + kHeadsPerTile - 1) / kHeadsPerTile;
    core.shape.query_heads = h;
    core.shape.kv_heads = 1;
    core.shape.head_dim = rank() + rope();
    core.context_span = read_span();
    return core;
  }

  // Any cached token may be chosen by some query, so a chunk reads its whole context once.
  [[nodiscard]] Operator absorbed_prefill(const Parallel& parallel, spec::KvDtype kv) const {
    Operator core = decode_core(parallel, kv);
    core.name = "prefill_attention";
    core.kind = OperatorKind::PrefillAttentionSparse;
    core.rows = RowsOf::PrefillTokens;
    core.flops_per_pair = core.flops_per_context_token;
    core.flops_per_context_token = 0;
    core.tiles_per_sequence = 0;
    core.pairs_span = core.context_span;
    core.context_span = span_;
    return core;
  }

  // The cache is read by the expansion; attention then reads the expanded keys and values.
  StepBuilder::Node add_expanded_prefill(const Place& place, StepBuilder::Node query) const {
    const std::int64_t h = heads(place.parallel);
    Operator up_projection =
        gemm(place.prefix, kv_b(place.parallel), RowsOf::PrefillContext, place.layers);
    up_projection.bytes_per_row = 2 * h * (nope() + value());
    up_projection.kv_bytes_per_context_token = latent_bytes(place.kv);
    up_projection.context_span = span_;
    const auto expanded = place.builder.add(up_projection, {query});
    Operator core;
    core.name = "prefill_attention";
    core.kind = OperatorKind::PrefillAttention;
    core.rows = RowsOf::PrefillContext;
    core.dtype = model_.dtype;
    core.bytes_per_row = 2 * h * (nope() + rope() + value());
    core.flops_per_pair = traffic::attention_flops(h, nope() + rope(), value());
    core.context_span = span_;
    core.pairs_span = span_;
    core.shape.query_heads = core.shape.kv_heads = h;
    core.shape.head_dim = nope() + rope();
    return place.builder.add(of_layers(core, place.layers, place.prefix), {expanded});
  }

  spec::ModelSpec model_;
  LayerClass layers_;
  Span span_;
};

}  // namespace

std::unique_ptr<Mixer> make_mla_mixer(const spec::ModelSpec& model, const LayerClass& layers) {
  return std::make_unique<LatentMixer>(model, layers);
}

}  // namespace kvsim::model
