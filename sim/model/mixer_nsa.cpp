// Native sparse attention (NSA, arXiv:2502.11089): three branches with keys and values of their
// own.
//
//   compressed  one key and value per `compression_stride` tokens, all attended
//   selected    the best `num_selected_blocks` blocks of `selection_block_size` tokens
//   sliding     the last `window` tokens
//
//   stored bytes  = kv·S (selected) + kv·S/stride (compressed) + kv·min(S, window)
//   tokens read   = S/stride + blocks·block size + window; with the paper's 16, 16·64 and 512 that
//   is
//                   2048 at S = 8k and 5632 at 64k
//
// kv = kv_heads · (key width + value width) · sizeof(format).
// Not modelled: the small network that compresses, gates between branches, the selection itself,
// biases. The bytes of a compressed vector are spread evenly over its stride.
#include <fmt/format.h>

#include "sim/model/gemm.hpp"
#include "sim/model/head_shape.hpp"

namespace kvsim::model {
namespace {

class NsaMixer final : public Mixer {
 public:
  NsaMixer(const spec::ModelSpec& model, const LayerClass& layers)
      : shape_(model, layers), nsa_(*model.attention.nsa) {}

  [[nodiscard]] std::vector<CacheGroup> caches(spec::KvDtype kv,
                                               const Parallel& parallel) const override {
    CacheGroup all;
    all.name = "full_attention";
    all.bytes_per_token = shape_.kv_bytes(kv) + compressed(shape_.kv_bytes(kv));
    all.bytes_per_token_per_gpu =
        shape_.kv_bytes_per_gpu(kv, parallel) + compressed(shape_.kv_bytes_per_gpu(kv, parallel));
    all.equation =
        fmt::format("(1 + 1/{} compressed) x {}", nsa_.compression_stride, shape_.equation(kv));
    CacheGroup window;
    window.name = "nsa_window";
    window.type = spec::LayerType::Sliding;
    window.span = {SpanKind::Window, nsa_.window};
    window.bytes_per_token = shape_.kv_bytes(kv);
    window.bytes_per_token_per_gpu = shape_.kv_bytes_per_gpu(kv, parallel);
    window.equation = shape_.equation(kv);
    return {all, window};
  }

  // The branches' own keys and values: three pairs of projections.
  [[nodiscard]] std::vector<Matrix> matrices(const Parallel& parallel) const override {
    std::vector<Matrix> all = shape_.matrices(parallel);
    all[0].n += 2 * shape_.kv_projection_width(parallel);
    return all;
  }

  [[nodiscard]] std::int64_t bytes_read(spec::KvDtype kv, const Parallel& parallel,
                                        std::int64_t context) const override {
    const std::int64_t bytes = shape_.kv_bytes_per_gpu(kv, parallel);
    return compressed(bytes) * context +
           bytes * (attended(selected(), context - 1) + attended(window(), context - 1));
  }

  StepBuilder::Node add_operators(StepBuilder& builder, const Parallel& parallel, spec::KvDtype kv,
                                  std::int64_t layers, const std::string& prefix,
                                  StepBuilder::Node input) const override {
    const std::vector<Matrix> weights = matrices(parallel);
    const auto qkv = builder.add(gemm(prefix, weights[0], RowsOf::StepTokens, layers), {input});
    std::vector<StepBuilder::Node> done;
    for (const Branch& branch : branches(shape_.kv_bytes_per_gpu(kv, parallel))) {
      for (Operator op : {shape_.decode(parallel, kv, branch.span, branch.bytes),
                          shape_.prefill(parallel, kv, branch.span, branch.bytes)}) {
        op.flops_per_context_token *= branch.share;
        op.flops_per_pair *= branch.share;
        done.push_back(builder.add(of_layers(op, layers, prefix + branch.name), {qkv}));
      }
    }
    return builder.add(gemm(prefix, weights[1], RowsOf::StepTokens, layers), done);
  }

 private:
  struct Branch {
    std::string name;
    Span span;
    std::int64_t bytes = 0;
    double share = 1;  // of a token's FLOPs
  };

  [[nodiscard]] std::int64_t compressed(std::int64_t bytes) const {
    return bytes / nsa_.compression_stride;
  }
  [[nodiscard]] Span selected() const {
    return {SpanKind::Window, nsa_.num_selected_blocks * nsa_.selection_block_size};
  }
  [[nodiscard]] Span window() const { return {SpanKind::Window, nsa_.window}; }
  [[nodiscard]] std::vector<Branch> branches(std::int64_t bytes) const {
    return {{"compressed_", Span{}, compressed(bytes),
             1.0 / static_cast<double>(nsa_.compression_stride)},
            {"selected_", selected(), bytes, 1},
            {"window_", window(), bytes, 1}};
  }

  HeadShape shape_;
  spec::NsaSpec nsa_;
};

}  // namespace

std::unique_ptr<Mixer> make_nsa_mixer(const spec::ModelSpec& model, const LayerClass& layers) {
  return std::make_unique<NsaMixer>(model, layers);
}

}  // namespace kvsim::model
