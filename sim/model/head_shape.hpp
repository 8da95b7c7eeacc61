// Widths and bytes of attention with keys and values per KV head, on one GPU.
#pragma once

#include <string>
#include <vector>

#include "sim/model/mixer.hpp"

namespace kvsim::model {

/// Heads and widths of layers of one type; shared by plain and native sparse attention.
class HeadShape {
 public:
  HeadShape(const spec::ModelSpec& model, const LayerClass& layers);

  [[nodiscard]] std::int64_t kv_bytes(spec::KvDtype kv) const;
  [[nodiscard]] std::int64_t kv_bytes_per_gpu(spec::KvDtype kv, const Parallel& parallel) const;
  /// qkv_proj and o_proj; without keys and values where the layer reads another's.
  [[nodiscard]] std::vector<Matrix> matrices(const Parallel& parallel) const;
  /// Columns of one pair of key and value projections on one GPU.
  [[nodiscard]] std::int64_t kv_projection_width(const Parallel& parallel) const;
  /// "2 (K and V) x 8 KV heads x 128 head_dim x 2 B (bf16)"
  [[nodiscard]] std::string equation(spec::KvDtype kv) const;

  /// A decode and a prefill kernel over `span`, `bytes` of KV per attended token.
  [[nodiscard]] Operator decode(const Parallel& parallel, spec::KvDtype kv, const Span& span,
                                std::int64_t bytes) const;
  [[nodiscard]] Operator prefill(const Parallel& parallel, spec::KvDtype kv, const Span& span,
                                 std::int64_t bytes) const;

 private:
  [[nodiscard]] std::int64_t query_heads(const Parallel& parallel) const;
  [[nodiscard]] std::int64_t kv_heads(const Parallel& parallel) const;
  [[nodiscard]] std::int64_t io_bytes(const Parallel& parallel) const;
  [[nodiscard]] KernelShape kernel_shape(const Parallel& parallel) const;
  [[nodiscard]] double flops(const Parallel& parallel) const;

  spec::ModelSpec model_;
  LayerClass layers_;
  std::int64_t key_ = 0;    // width of one key
  std::int64_t value_ = 0;  // and of one value
};

}  // namespace kvsim::model
