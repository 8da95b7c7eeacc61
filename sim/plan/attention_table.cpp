#include "sim/plan/attention_table.hpp"

#include <algorithm>

#include "sim/memory/hbm_budget.hpp"
#include "sim/memory/page_plan.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/model/step.hpp"
#include "sim/model/weights.hpp"

namespace kvsim::plan {
namespace {

model::BatchShape decode_batch(const model::StepGraph& graph, std::int64_t context,
                               std::int64_t sequences) {
  model::BatchShape batch;
  model::add_decode(batch, graph.spans, context, sequences);
  batch.padded_tokens = sequences;
  return batch;
}

// Bytes of weights and KV that one GPU reads in the step.
double bytes_read(const model::StepGraph& graph, const model::BatchShape& batch) {
  double total = 0;
  for (const model::Operator& op : graph.operators) {
    total +=
        static_cast<double>(op.calls) *
        static_cast<double>(model::weight_bytes_read(op, batch) + model::kv_bytes_read(op, batch));
  }
  return total;
}

// Over all operators of decode attention, at the tokens that each attends to.
double intensity(const model::StepGraph& graph, std::int64_t context) {
  const model::BatchShape batch = decode_batch(graph, context, 1);
  double flops = 0;
  double bytes = 0;
  for (const model::Operator& op : graph.operators) {
    if (model::reads_decode_context(op)) {
      const auto tokens = static_cast<double>(op.calls) *
                          static_cast<double>(batch.spans[op.context_index].decode_context);
      flops += tokens * op.flops_per_context_token;
      bytes += tokens * static_cast<double>(op.kv_bytes_per_context_token);
    }
  }
  return bytes > 0 ? flops / bytes : 0;
}

}  // namespace

AttentionRow attention_row(const spec::ModelSpec& model, const spec::GpuSpec& gpu,
                           const spec::EngineSpec& engine, std::int64_t context) {
  const model::Parallel parallel = model::parallel_of(engine);
  const model::StepGraph graph = model::build_step(model, parallel, model::kv_dtype(model, engine));
  const spec::HbmBudget budget = memory::hbm_arithmetic(model, gpu, engine);
  const std::int64_t blocks = memory::most_blocks(memory::plan_pages(model, engine), context,
                                                  *engine.max_num_batched_tokens);
  AttentionRow row;
  row.parameters = model::parameter_count(model);
  row.weights_per_gpu = budget.weights;
  row.kv_per_token = budget.kv_bytes_per_token;
  row.kv_per_token_per_gpu = budget.kv_bytes_per_token_per_gpu;
  row.sequences = budget.usable_blocks / blocks;
  row.kv_cache_tokens = row.sequences > 0 ? budget.kv_cache_tokens : 0;
  row.intensity = intensity(graph, context);
  row.compute_bound = row.intensity > ridge(gpu);
  if (row.sequences > 0) {
    const double read = bytes_read(graph, decode_batch(graph, context, row.sequences));
    row.tokens_per_second = static_cast<double>(row.sequences) * gpu.hbm.bandwidth.value() / read;
  }
  return row;
}

double ridge(const spec::GpuSpec& gpu) { return gpu.peak.bf16.value() / gpu.hbm.bandwidth.value(); }

}  // namespace kvsim::plan
