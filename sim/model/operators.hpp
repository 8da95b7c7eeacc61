// The operators of one step, with what each moves and computes as a function of the batch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/spec/dtype.hpp"

namespace kvsim::model {

/// What the batch of one step looks like to one replica; all counts in tokens or sequences.
struct BatchShape {
  std::int64_t decode_sequences = 0;  ///< sequences that compute one token
  std::int64_t decode_context = 0;    ///< tokens they attend to, summed (the new one included)
  std::int64_t prefill_tokens = 0;    ///< new tokens of chunks longer than one token
  std::int64_t prefill_context = 0;   ///< tokens those chunks attend to: cached plus new, summed
  std::int64_t prefill_pairs = 0;     ///< causal (query, key) pairs of the chunks, summed
  std::int64_t sampled_tokens = 0;    ///< rows of lm_head: one per scheduled sequence
  std::int64_t padded_tokens = 0;     ///< rows of every other matrix product, CUDA-graph padding in
};

enum class OperatorKind {
  Gemm,
  Moe,
  DecodeAttention,
  DecodeAttentionMla,
  PrefillAttention,
  AllReduce,
  ElementWise
};

/// Which count of the batch an operator's rows are.
enum class RowsOf { StepTokens, SampledTokens, DecodeSequences, PrefillTokens, PrefillContext };

/// Routed experts on one GPU. Only experts that a token chose are read.
struct ExpertTraffic {
  std::int64_t experts = 0;  ///< on this GPU
  std::int64_t experts_in_all = 0;
  std::int64_t experts_per_token = 0;
  std::int64_t bytes_per_expert = 0;  ///< of this GPU's part of an expert
};

/// One operator on one GPU. Per call, with r rows, C context tokens and P causal pairs:
///   bytes = weight_bytes + distinct_experts(r)·bytes_per_expert + bytes_per_row·r + kv_bytes·C
///   FLOPs = flops_per_row·r + flops_per_context_token·C + flops_per_pair·P
struct Operator {
  std::string name;
  OperatorKind kind = OperatorKind::Gemm;
  RowsOf rows = RowsOf::StepTokens;
  spec::Dtype dtype = spec::Dtype::Bf16;  ///< of the weights, or of the KV cache for attention
  std::int64_t calls = 1;                 ///< per step: the layers that have this operator
  std::int64_t weight_bytes = 0;
  std::int64_t bytes_per_row = 0;
  std::int64_t kv_bytes_per_context_token = 0;
  double flops_per_row = 0;
  double flops_per_context_token = 0;
  double flops_per_pair = 0;
  std::optional<ExpertTraffic> experts;
  std::int64_t tiles_per_sequence = 0;  ///< KV heads of decode attention on this GPU
  std::int64_t ranks = 1;               ///< GPUs of a collective; its message is bytes_per_row·r
};

/// Operators in topological order; an edge (a, b) says that b needs the result of a.
struct StepGraph {
  std::vector<Operator> operators;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
};

[[nodiscard]] std::int64_t rows_of(const Operator& op, const BatchShape& batch);

/// Experts that at least one of `tokens` tokens chose, on average, routing uniformly:
/// E·(1 − (1 − k/E)^T). Checked against Gumbel top-k routing to 1.3 % (PHYSICS 2.3).
[[nodiscard]] double distinct_experts(const ExpertTraffic& experts, std::int64_t tokens);

/// Weight bytes that one call reads. KV and activations are not weights.
[[nodiscard]] std::int64_t weight_bytes_read(const Operator& op, const BatchShape& batch);
/// KV bytes that one call reads.
[[nodiscard]] std::int64_t kv_bytes_read(const Operator& op, const BatchShape& batch);
/// All bytes that one call moves. A collective moves none through HBM here.
[[nodiscard]] double bytes_moved(const Operator& op, const BatchShape& batch);
[[nodiscard]] double flops_done(const Operator& op, const BatchShape& batch);

/// The graph in Graphviz' dot language.
[[nodiscard]] std::string to_dot(const StepGraph& graph);

}  // namespace kvsim::model
