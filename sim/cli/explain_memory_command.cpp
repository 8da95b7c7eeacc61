// kvsim explain kv and kvsim explain memory: bytes, with the equation behind them.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "sim/base/units.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/explain_common.hpp"
#include "sim/memory/hbm_budget.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/model/weights.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;

Json kv_json(const spec::RunSpec& run, std::int64_t context) {
  const spec::Dtype kv = model::kv_dtype(run.model, run.engine);
  const model::Parallel parallel = model::parallel_of(run.engine);
  const BytesPerToken total = model::kv_bytes_per_token(run.model, kv);
  const BytesPerToken per_gpu = model::kv_bytes_per_token_per_gpu(run.model, kv, parallel);
  Json json;
  json["model"] = run.model.name;
  json["attention"] = spec::name_of(run.model.attention.variant, spec::kAttentionVariantNames);
  json["kv_cache_dtype"] = spec::name_of(kv, spec::kDtypeNames);
  json["tensor_parallel_size"] = parallel.tensor;
  json["kv_bytes_per_token"] = total.value();
  json["kv_bytes_per_sequence_constant"] = 0;  // no variant so far keeps state per sequence
  json["kv_bytes_per_token_per_gpu"] = per_gpu.value();
  json["replication"] =
      static_cast<double>(per_gpu.value() * parallel.tensor) / static_cast<double>(total.value());
  json["context"] = context;
  json["kv_bytes_at_context"] = (total * Tokens(context)).value();
  json["derivation"] = model::kv_derivation(run.model, kv);
  return json;
}

Json budget_json(const spec::RunSpec& run, const spec::HbmBudget& budget) {
  Json json;
  json["model"] = run.model.name;
  json["gpu"] = run.cluster.gpu.name;
  json["tensor_parallel_size"] = run.engine.tensor_parallel_size;
  json["total_bytes"] = budget.total.value();
  json["requested_bytes"] = budget.requested.value();
  json["weights_bytes"] = budget.weights.value();
  json["peak_activation_bytes"] = budget.peak_activation.value();
  json["non_torch_bytes"] = budget.non_torch.value();
  json["available_kv_bytes"] = budget.available_kv.value();
  json["kv_bytes_per_token"] = budget.kv_bytes_per_token.value();
  json["kv_bytes_per_token_per_gpu"] = budget.kv_bytes_per_token_per_gpu.value();
  json["block_bytes"] = budget.block_bytes.value();
  json["num_gpu_blocks"] = budget.num_gpu_blocks;
  json["kv_cache_tokens"] = budget.kv_cache_tokens;
  json["max_model_len"] = budget.max_model_len;
  json["max_concurrency"] = budget.max_concurrency;
  json["fits"] = budget.max_concurrency >= 1;
  return json;
}

}  // namespace

int explain_kv(const ExplainOptions& options) {
  const spec::StudySpec study = explained_study(options);
  const spec::RunSpec& run = study.runs.front();
  const std::int64_t context =
      options.context > 0 ? options.context : run.model.max_position_embeddings;
  const Json json = kv_json(run, context);
  if (options.format == "json") {
    fmt::print("{}\n", json.dump(2));
    return kOk;
  }
  fmt::print("{}: {} B of KV cache per token ({})\n", run.model.name,
             format_grouped(json["kv_bytes_per_token"].get<std::int64_t>()),
             json["attention"].get<std::string>());
  fmt::print("  {}\n", json["derivation"].get<std::string>());
  fmt::print("  on each of {} GPU(s): {} B per token, {:.3g} copies in all\n", options.tp,
             format_grouped(json["kv_bytes_per_token_per_gpu"].get<std::int64_t>()),
             json["replication"].get<double>());
  fmt::print("  one sequence of {} tokens: {}\n", format_grouped(context),
             format_bytes_binary(json["kv_bytes_at_context"].get<double>()));
  return kOk;
}

int explain_memory(const ExplainOptions& options) {
  const spec::StudySpec study = explained_study(options);
  const spec::RunSpec& run = study.runs.front();
  const spec::HbmBudget budget = memory::hbm_arithmetic(run.model, run.cluster.gpu, run.engine);
  if (options.format == "json") {
    fmt::print("{}\n", budget_json(run, budget).dump(2));
  } else {
    fmt::print("HBM of one {} under {} with tensor_parallel_size {}\n{}", run.cluster.gpu.name,
               run.model.name, run.engine.tensor_parallel_size,
               memory::budget_text(budget, run.model, run.cluster.gpu, run.engine));
    fmt::print(
        "vLLM's log would say: GPU KV cache size: {} tokens; maximum concurrency for {} "
        "tokens per request: {:.2f}x\n",
        format_grouped(budget.kv_cache_tokens), format_grouped(budget.max_model_len),
        budget.max_concurrency);
  }
  return budget.max_concurrency >= 1 ? kOk : kDoesNotFit;
}

}  // namespace kvsim::cli
