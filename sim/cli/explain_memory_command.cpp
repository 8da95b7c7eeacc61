// kvsim explain memory: how vLLM divides the HBM of one GPU, and the KV blocks that come of it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/cli/commands.hpp"
#include "sim/cli/explain_common.hpp"
#include "sim/memory/hbm_budget.hpp"
#include "sim/memory/page_plan.hpp"
#include "sim/spec/vllm_log.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;

Json groups_json(const memory::PagePlan& plan) {
  Json groups = Json::array();
  for (const memory::PageGroup& group : plan.groups) {
    groups.push_back({{"name", group.name},
                      {"copies", group.copies},
                      {"layers_per_group", plan.layers_per_group},
                      {"padding_layers", group.padding_layers},
                      {"block_size", group.is_state ? Json() : Json(group.block_size)},
                      {"span", span_word(group.span, group.is_state)},
                      {"span_tokens", group.span.tokens}});
  }
  return groups;
}

void add_bytes(Json& json, const spec::HbmBudget& budget) {
  json["total_bytes"] = budget.total.value();
  json["requested_bytes"] = budget.requested.value();
  json["weights_bytes"] = budget.weights.value();
  json["peak_activation_bytes"] = budget.peak_activation.value();
  json["non_torch_bytes"] = budget.non_torch.value();
  json["cuda_graph_bytes"] = budget.cuda_graphs.value();
  json["available_kv_bytes"] = budget.available_kv.value();
  json["kv_bytes_per_token"] = budget.kv_bytes_per_token.value();
  json["kv_bytes_per_sequence_constant"] = budget.kv_bytes_per_sequence_constant.value();
  json["kv_bytes_per_token_per_gpu"] = budget.kv_bytes_per_token_per_gpu.value();
}

void add_blocks(Json& json, const spec::HbmBudget& budget) {
  json["block_bytes"] = budget.block_bytes.value();
  json["num_gpu_blocks"] = budget.num_gpu_blocks;
  json["usable_blocks"] = budget.usable_blocks;
  json["blocks_per_sequence"] = budget.blocks_per_sequence;
  json["kv_cache_tokens"] = budget.kv_cache_tokens;
  json["max_model_len"] = budget.max_model_len;
  json["max_concurrency"] = budget.max_concurrency;
  json["fits"] = budget.max_concurrency >= 1;
}

Json budget_json(const spec::RunSpec& run, const spec::HbmBudget& budget) {
  Json json;
  json["model"] = run.model.name;
  json["gpu"] = run.cluster.gpu.name;
  json["tensor_parallel_size"] = run.engine.tensor_parallel_size;
  json["pipeline_parallel_size"] = run.engine.pipeline_parallel_size;
  json["data_parallel_size"] = run.engine.data_parallel_size;
  json["decode_context_parallel_size"] = run.engine.decode_context_parallel_size;
  add_bytes(json, budget);
  add_blocks(json, budget);
  json["groups"] = groups_json(memory::plan_pages(run.model, run.engine));
  json["log_line"] = spec::vllm_log_lines(budget);
  return json;
}

std::string layout_text(const spec::EngineSpec& engine) {
  std::string text = fmt::format("tensor_parallel_size {}", engine.tensor_parallel_size);
  const auto add = [&](std::string_view key, std::int64_t size) {
    text += size > 1 ? fmt::format(", {} {}", key, size) : "";
  };
  add("pipeline_parallel_size", engine.pipeline_parallel_size);
  add("data_parallel_size", engine.data_parallel_size);
  add("decode_context_parallel_size", engine.decode_context_parallel_size);
  return text + (engine.enable_expert_parallel ? ", enable_expert_parallel" : "");
}

}  // namespace

int explain_memory(const ExplainOptions& options) {
  const spec::StudySpec study = explained_study(options, Purpose::Accounted);
  const spec::RunSpec& run = study.runs.front();
  const spec::HbmBudget budget = memory::hbm_arithmetic(run.model, run.cluster.gpu, run.engine);
  if (options.format == "json") {
    fmt::print("{}\n", budget_json(run, budget).dump(2));
  } else {
    fmt::print("HBM of one {} under {} with {}\n{}", run.cluster.gpu.name, run.model.name,
               layout_text(run.engine),
               memory::budget_text(budget, run.model, run.cluster.gpu, run.engine));
    const auto [tokens, concurrency] = spec::vllm_log_lines(budget);
    fmt::print("  vLLM's log would say   {}\n{:25}{}\n", tokens, "", concurrency);
  }
  return budget.max_concurrency >= 1 ? kOk : kDoesNotFit;
}

}  // namespace kvsim::cli
