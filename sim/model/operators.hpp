// The operators of one step, with what each moves and computes as a function of the batch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/model/batch.hpp"
#include "sim/model/experts.hpp"
#include "sim/model/span.hpp"
#include "sim/spec/dtype.hpp"

namespace kvsim::model {

enum class OperatorKind {
  Gemm,
  Moe,
  DecodeAttention,
  DecodeAttentionMla,
  DecodeAttentionSparse,  ///< absorbed MLA over the tokens that an indexer chose
  Indexer,                ///< scores all cached tokens to choose some
  PrefillAttention,
  PrefillAttentionSparse,  ///< absorbed MLA, each query over the tokens that were chosen for it
  DecodeLinear,            ///< reads and writes a state of constant size
  PrefillLinear,           ///< the same recurrence over chunks of tokens
  AllReduce,
  AllGather,
  ElementWise,  ///< small kernels of a layer, priced as one
  Embedding,
  Sampling
};

[[nodiscard]] constexpr bool is_collective(OperatorKind kind) {
  return kind == OperatorKind::AllReduce || kind == OperatorKind::AllGather;
}
[[nodiscard]] constexpr bool is_element_wise(OperatorKind kind) {
  return kind == OperatorKind::ElementWise || kind == OperatorKind::Embedding ||
         kind == OperatorKind::Sampling;
}

/// Which count of the batch an operator's rows are.
enum class RowsOf { StepTokens, SampledTokens, DecodeSequences, PrefillTokens, PrefillContext };

/// Widths that tiles of a kernel are cut from; 0 where they have no meaning.
struct KernelShape {
  std::int64_t n = 0;            ///< columns of a product
  std::int64_t k = 0;            ///< its inner width
  std::int64_t query_heads = 0;  ///< of attention, on this GPU
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;  ///< of a key
};

/// One operator on one GPU. Per call, with r rows, C context tokens and P causal pairs:
///   bytes = weight_bytes + experts(r)·bytes_per_expert + (bytes_per_row + kv_bytes_per_row)·r
///           + kv_bytes_per_context_token·C
///   FLOPs = flops_per_row·r + flops_per_context_token·C + flops_per_pair·P
/// C and P count what lies within `context_span` and `pairs_span`.
struct Operator {
  std::string name;
  OperatorKind kind = OperatorKind::Gemm;
  RowsOf rows = RowsOf::StepTokens;
  spec::Dtype dtype = spec::Dtype::Bf16;  ///< of the weights, or of the KV cache for attention
  std::int64_t calls = 1;                 ///< per step: the layers that have this operator
  std::int64_t weight_bytes = 0;
  std::int64_t bytes_per_row = 0;
  std::int64_t kv_bytes_per_row = 0;  ///< states read and written
  std::int64_t kv_bytes_per_context_token = 0;
  double flops_per_row = 0;
  double flops_per_context_token = 0;
  double flops_per_pair = 0;
  std::optional<ExpertTraffic> experts;
  std::int64_t tiles_per_sequence = 0;  ///< KV heads of decode attention on this GPU
  KernelShape shape;
  Span context_span;
  Span pairs_span;
  std::size_t context_index = 0;  ///< of context_span in StepGraph::spans
  std::size_t pairs_index = 0;
  bool static_scales = false;  ///< of an fp8 product: its input's scales need not be found
  std::int64_t ranks = 1;      ///< GPUs of a collective; its message is bytes_per_row·r
};

/// Operators in topological order; an edge (a, b) says that b needs the result of a.
struct StepGraph {
  std::vector<Span> spans{Span{}};  ///< that occur; the first is the full one
  std::vector<Operator> operators;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
};

[[nodiscard]] std::int64_t rows_of(const Operator& op, const BatchShape& batch);

/// Whether the operator's time grows with the context that decoding sequences attend to.
[[nodiscard]] bool reads_decode_context(const Operator& op);

/// Weight bytes that one call reads on the average GPU. KV and activations are not weights.
[[nodiscard]] std::int64_t weight_bytes_read(const Operator& op, const BatchShape& batch);
/// Bytes of KV cache and states that one call reads (and, of states, writes).
[[nodiscard]] std::int64_t kv_bytes_read(const Operator& op, const BatchShape& batch);
/// All bytes that one call moves on the busiest GPU. A collective moves none through HBM here.
[[nodiscard]] double bytes_moved(const Operator& op, const BatchShape& batch);
/// On the busiest GPU as well.
[[nodiscard]] double flops_done(const Operator& op, const BatchShape& batch);

/// The graph in Graphviz' dot language.
[[nodiscard]] std::string to_dot(const StepGraph& graph);

}  // namespace kvsim::model
