#include "sim/model/operators.hpp"

#include <fmt/format.h>

#include <cmath>

namespace kvsim::model {
namespace {

std::int64_t context_of(const Operator& op, const BatchShape& batch) {
  const SpanCounts& counts = batch.spans[op.context_index];
  return op.rows == RowsOf::DecodeSequences ? counts.decode_context : counts.prefill_context;
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
      return batch.spans[op.context_index].prefill_context;
  }
  return 0;
}

bool reads_decode_context(const Operator& op) {
  return op.rows == RowsOf::DecodeSequences && op.kv_bytes_per_context_token > 0;
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
  return op.kv_bytes_per_context_token * context_of(op, batch) +
         op.kv_bytes_per_row * rows_of(op, batch);
}

namespace {

double weight_bytes_on_busiest(const Operator& op, const BatchShape& batch) {
  const std::int64_t rows = rows_of(op, batch);
  if (!op.experts || rows == 0) {
    return static_cast<double>(weight_bytes_read(op, batch));
  }
  return static_cast<double>(op.weight_bytes) +
         busiest_distinct_experts(*op.experts, rows) *
             static_cast<double>(op.experts->bytes_per_expert);
}

}  // namespace

double bytes_moved(const Operator& op, const BatchShape& batch) {
  if (is_collective(op.kind)) {
    return 0;
  }
  return weight_bytes_on_busiest(op, batch) +
         static_cast<double>(op.bytes_per_row) * static_cast<double>(rows_of(op, batch)) +
         static_cast<double>(kv_bytes_read(op, batch));
}

double flops_done(const Operator& op, const BatchShape& batch) {
  const std::int64_t rows = rows_of(op, batch);
  const double imbalance = op.experts ? load_imbalance(*op.experts, rows) : 1;
  return imbalance * op.flops_per_row * static_cast<double>(rows) +
         op.flops_per_context_token * static_cast<double>(context_of(op, batch)) +
         op.flops_per_pair * static_cast<double>(batch.spans[op.pairs_index].prefill_pairs);
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
