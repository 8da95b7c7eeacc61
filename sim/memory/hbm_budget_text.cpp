// The HBM budget in words.
#include <fmt/format.h>

#include <algorithm>

#include "sim/memory/hbm_budget.hpp"
#include "sim/memory/page_plan.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/model/weights.hpp"

namespace kvsim::memory {
namespace {

std::string gib(Bytes bytes) {
  return fmt::format("{:.2f} GiB", static_cast<double>(bytes.value()) / 0x1p30);
}

std::string line(std::string_view what, std::string_view value, std::string_view remark) {
  const std::string bracketed = remark.empty() ? "" : fmt::format("  ({})", remark);
  return fmt::format("  {:<21}{:>14}{}\n", what, value, bracketed);
}

// A line that belongs to the one above.
std::string under(std::string_view remark) { return fmt::format("{:39}{}\n", "", remark); }

std::string size_line(std::string_view what, Bytes value, std::string_view remark) {
  return line(what, gib(value), remark);
}

std::string group_remark(const PageGroup& group, const PagePlan& plan) {
  std::string text = fmt::format("{} x {} layers", group.copies, plan.layers_per_group);
  if (group.padding_layers > 0) {
    text += fmt::format(", {} of them padding", group.padding_layers);
  }
  if (group.is_state) {
    return text + ", one block per sequence";
  }
  text += fmt::format(", {} tokens per block", group.block_size);
  return group.span.kind == model::SpanKind::Full
             ? text
             : text + fmt::format(", keeps {}", group.span.tokens);
}

std::string groups_text(const PagePlan& plan, const spec::EngineSpec& engine) {
  const bool plain = plan.groups.size() == 1 && plan.groups[0].block_size == engine.block_size;
  std::string text;
  for (const PageGroup& group : plan.groups) {
    text += plain ? "" : under(group.name + ": " + group_remark(group, plan));
  }
  return text;
}

}  // namespace

std::string budget_text(const spec::HbmBudget& budget, const spec::ModelSpec& model,
                        const spec::GpuSpec& gpu, const spec::EngineSpec& engine) {
  const PagePlan plan = plan_pages(model, engine);
  const std::int64_t gpus = model::parallel_of(engine).gpus();
  std::string text;
  text += size_line("total per GPU", budget.total, fmt::format("CUDA's figure for {}", gpu.name));
  text += size_line("requested", budget.requested,
                    fmt::format("x gpu_memory_utilization {}", engine.gpu_memory_utilization));
  text += size_line("- weights", budget.weights,
                    fmt::format("{:.2f} B parameters over {} GPU(s)",
                                static_cast<double>(model::parameter_count(model)) / 1e9, gpus));
  text += size_line(
      "- peak activation", budget.peak_activation,
      fmt::format("{} tokens, {} sequences", *engine.max_num_batched_tokens, *engine.max_num_seqs));
  text += size_line("- outside torch", budget.non_torch,
                    "CUDA context, NCCL buffers: engine.non_torch_memory");
  text += size_line("- CUDA graphs", budget.cuda_graphs,
                    engine.enforce_eager ? "enforce_eager" : "engine.cuda_graph_memory");
  text += size_line("= left for KV", budget.available_kv, "");
  text +=
      line("KV per token per GPU", fmt::format("{} B", budget.kv_bytes_per_token_per_gpu.value()),
           fmt::format("{} B in one copy of the model", budget.kv_bytes_per_token.value()));
  for (const std::string& equation : model::kv_derivation(model, model::kv_dtype(model, engine))) {
    text += under(equation);
  }
  text += line("KV blocks", fmt::format("{}", budget.num_gpu_blocks),
               fmt::format("{} B each{}", budget.block_bytes.value(),
                           engine.num_gpu_blocks_override ? "; num_gpu_blocks_override" : ""));
  text += groups_text(plan, engine);
  text += line("KV cache tokens", fmt::format("{}", budget.kv_cache_tokens),
               "block 0 is never handed out");
  text += line("max_model_len", fmt::format("{}", budget.max_model_len),
               fmt::format("{:.2f} such sequences fit, {} blocks each", budget.max_concurrency,
                           budget.blocks_per_sequence));
  return text;
}

}  // namespace kvsim::memory
