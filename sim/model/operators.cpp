#include "sim/model/operators.hpp"

#include <fmt/format.h>

#include <cmath>

namespace kvsim::model {
namespace {

bool is_decode_attention(const Operator& op) {
  return op.kind == OperatorKind::DecodeAttention || op.kind == OperatorKind::DecodeAttentionMla;
}

std::int64_t context_of(const Operator& op, const BatchShape& batch) {
  return is_decode_attention(op) ? batch.decode_context : batch.prefill_context;
}

}  // namespace

std::int64_t rows_of(const Operator& op, const BatchShape& batch) {
  switch (op.rows) {
    case RowsOf::StepTokens:
      return batch.padded_tokens;
    case RowsOf::SampledTokens:
      return batch.sampled_tokens;
    case RowsOf::DecodeSequences:
      return batch.decode_sequences;
    case RowsOf::PrefillTokens:
      return batch.prefill_tokens;
    case RowsOf::PrefillContext:
      return batch.prefill_context;
  }
  return 0;
}

double distinct_experts(const ExpertTraffic& experts, std::int64_t tokens) {
  const double chosen =
      static_cast<double>(experts.experts_per_token) / static_cast<double>(experts.experts_in_all);
  // expm1/log1p keep the digits when chosen is small.
  const double touched = -std::expm1(static_cast<double>(tokens) * std::log1p(-chosen));
  return static_cast<double>(experts.experts) * (chosen >= 1 ? 1 : touched);
}

std::int64_t weight_bytes_read(const Operator& op, const BatchShape& batch) {
  const std::int64_t rows = rows_of(op, batch);
  if (rows == 0) {
    return 0;
  }
  if (!op.experts) {
    return op.weight_bytes;
  }
  const double read =
      distinct_experts(*op.experts, rows) * static_cast<double>(op.experts->bytes_per_expert);
  return op.weight_bytes + std::llround(read);
}

std::int64_t kv_bytes_read(const Operator& op, const BatchShape& batch) {
  return op.kv_bytes_per_context_token * context_of(op, batch);
}

double bytes_moved(const Operator& op, const BatchShape& batch) {
  if (op.kind == OperatorKind::AllReduce) {
    return 0;
  }
  return static_cast<double>(weight_bytes_read(op, batch)) +
         static_cast<double>(op.bytes_per_row) * static_cast<double>(rows_of(op, batch)) +
         static_cast<double>(kv_bytes_read(op, batch));
}

double flops_done(const Operator& op, const BatchShape& batch) {
  return op.flops_per_row * static_cast<double>(rows_of(op, batch)) +
         op.flops_per_context_token * static_cast<double>(context_of(op, batch)) +
         op.flops_per_pair * static_cast<double>(batch.prefill_pairs);
}

std::string to_dot(const StepGraph& graph) {
  std::string dot = "digraph step {\n  rankdir=LR;\n  node [shape=box];\n";
  for (std::size_t i = 0; i < graph.operators.size(); ++i) {
    const Operator& op = graph.operators[i];
    dot += fmt::format("  n{} [label=\"{}\\n{} x per step\"];\n", i, op.name, op.calls);
  }
  for (const auto& [from, to] : graph.edges) {
    dot += fmt::format("  n{} -> n{};\n", from, to);
  }
  return dot + "}\n";
}

}  // namespace kvsim::model
