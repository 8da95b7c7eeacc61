#include "sim/memory/hbm_budget.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/model/weights.hpp"

namespace kvsim::memory {
namespace {

constexpr std::int64_t kNullBlocks = 1;  // vLLM block_pool.py: block 0 is never handed out

Bytes peak_activation(const spec::ModelSpec& model, const spec::EngineSpec& engine) {
  const std::int64_t tp = engine.tensor_parallel_size;
  const std::int64_t up = model.gated_mlp ? 2 : 1;
  std::int64_t per_token = model.hidden_size + up * model.intermediate_size / tp;
  if (model.moe) {
    const std::int64_t slice = engine.enable_expert_parallel ? 1 : tp;
    const std::int64_t routed = model.moe->num_experts_per_tok *
                                (model.hidden_size + up * model.moe->moe_intermediate_size / slice);
    per_token = std::max(per_token, model.hidden_size + routed);
  }
  const std::int64_t tokens = *engine.max_num_batched_tokens;
  return Bytes(tokens * per_token * 2 + *engine.max_num_seqs * model.vocab_size * (4 + 2));
}

// vLLM's --max-model-len auto (vllm-project/vllm pull request 29431): the model's own limit, or as
// much of it as the cache holds.
std::int64_t longest_that_fits(const spec::ModelSpec& model, const spec::HbmBudget& budget) {
  const bool some = budget.kv_cache_tokens > 0;
  return some ? std::min(model.max_position_embeddings, budget.kv_cache_tokens)
              : model.max_position_embeddings;
}

std::string gib(Bytes bytes) {
  return fmt::format("{:.2f} GiB", static_cast<double>(bytes.value()) / 0x1p30);
}

std::string ways_out(const spec::HbmBudget& budget) {
  if (budget.num_gpu_blocks <= kNullBlocks) {
    return "ways out: more GPUs (engine.tensor_parallel_size), larger GPUs, smaller weights "
           "(model.weight_dtype), fewer max_num_batched_tokens";
  }
  return fmt::format(
      "ways out: engine.max_model_len up to {}, more or larger GPUs, "
      "kv_cache_dtype: fp8",
      budget.kv_cache_tokens);
}

}  // namespace

spec::HbmBudget hbm_arithmetic(const spec::ModelSpec& model, const spec::GpuSpec& gpu,
                               const spec::EngineSpec& engine) {
  KVSIM_CHECK(engine.max_num_seqs && engine.max_num_batched_tokens, "engine is not resolved");
  const model::Parallel parallel = model::parallel_of(engine);
  const spec::Dtype kv = model::kv_dtype(model, engine);
  spec::HbmBudget budget;
  budget.total = gpu.hbm.visible;
  budget.requested = Bytes(static_cast<std::int64_t>(static_cast<double>(budget.total.value()) *
                                                     engine.gpu_memory_utilization));
  budget.weights = model::weight_bytes_per_gpu(model, parallel);
  budget.peak_activation = peak_activation(model, engine);
  budget.non_torch = engine.non_torch_memory;
  budget.available_kv =
      budget.requested - budget.weights - budget.peak_activation - budget.non_torch;
  budget.kv_bytes_per_token = model::kv_bytes_per_token(model, kv);
  budget.kv_bytes_per_token_per_gpu = model::kv_bytes_per_token_per_gpu(model, kv, parallel);
  budget.block_bytes = budget.kv_bytes_per_token_per_gpu * Tokens(engine.block_size);
  budget.num_gpu_blocks = engine.num_gpu_blocks_override.value_or(
      std::max<std::int64_t>(0, budget.available_kv.value() / budget.block_bytes.value()));
  const std::int64_t usable = std::max<std::int64_t>(0, budget.num_gpu_blocks - kNullBlocks);
  budget.kv_cache_tokens = usable * engine.block_size;
  budget.max_model_len = engine.max_model_len.value_or(longest_that_fits(model, budget));
  const std::int64_t blocks_each =
      (budget.max_model_len + engine.block_size - 1) / engine.block_size;
  budget.max_concurrency = static_cast<double>(usable) / static_cast<double>(blocks_each);
  return budget;
}

spec::HbmBudget hbm_budget(const spec::ModelSpec& model, const spec::GpuSpec& gpu,
                           const spec::EngineSpec& engine) {
  const spec::HbmBudget budget = hbm_arithmetic(model, gpu, engine);
  if (budget.max_concurrency >= 1) {
    return budget;
  }
  const std::string what =
      budget.num_gpu_blocks <= kNullBlocks
          ? fmt::format("{} does not fit into the HBM of {} x {}", model.name,
                        engine.tensor_parallel_size, gpu.name)
          : fmt::format(
                "one sequence of max_model_len = {} tokens does not fit beside {} on {} x {}",
                budget.max_model_len, model.name, engine.tensor_parallel_size, gpu.name);
  throw DoesNotFit(what + "\n" + budget_text(budget, model, gpu, engine) + ways_out(budget));
}

std::string budget_text(const spec::HbmBudget& budget, const spec::ModelSpec& model,
                        const spec::GpuSpec& gpu, const spec::EngineSpec& engine) {
  const spec::Dtype kv = model::kv_dtype(model, engine);
  std::string text;
  text += fmt::format("  total per GPU        {:>14}  (CUDA's figure for {})\n", gib(budget.total),
                      gpu.name);
  text += fmt::format("  requested            {:>14}  (x gpu_memory_utilization {})\n",
                      gib(budget.requested), engine.gpu_memory_utilization);
  text += fmt::format("  - weights            {:>14}  ({:.2f} B parameters over {} GPU(s))\n",
                      gib(budget.weights), static_cast<double>(model::parameter_count(model)) / 1e9,
                      engine.tensor_parallel_size);
  text += fmt::format("  - peak activation    {:>14}  ({} tokens, {} sequences)\n",
                      gib(budget.peak_activation), *engine.max_num_batched_tokens,
                      *engine.max_num_seqs);
  text += fmt::format("  - outside torch      {:>14}\n", gib(budget.non_torch));
  text += fmt::format("  = left for KV        {:>14}\n", gib(budget.available_kv));
  text += fmt::format("  KV per token per GPU {:>14}  ({})\n",
                      fmt::format("{} B", budget.kv_bytes_per_token_per_gpu.value()),
                      model::kv_derivation(model, kv));
  text += fmt::format("  KV blocks            {:>14}  (of {} tokens; {} B each{})\n",
                      budget.num_gpu_blocks, engine.block_size, budget.block_bytes.value(),
                      engine.num_gpu_blocks_override ? "; num_gpu_blocks_override" : "");
  text += fmt::format("  KV cache tokens      {:>14}  (block 0 is never handed out)\n",
                      budget.kv_cache_tokens);
  text += fmt::format("  max_model_len        {:>14}  ({:.2f} such sequences fit)\n",
                      budget.max_model_len, budget.max_concurrency);
  return text;
}

}  // namespace kvsim::memory
