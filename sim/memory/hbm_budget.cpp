#include "sim/memory/hbm_budget.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"
#include "sim/memory/page_plan.hpp"
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
// much of it as the cache holds. Blocks grow with the length, so bisection finds it.
std::int64_t longest_that_fits(const spec::ModelSpec& model, const spec::EngineSpec& engine,
                               const PagePlan& plan, std::int64_t usable) {
  const auto fits = [&](std::int64_t tokens) {
    return most_blocks(plan, tokens, *engine.max_num_batched_tokens) <= usable;
  };
  if (!fits(1) || fits(model.max_position_embeddings)) {
    return model.max_position_embeddings;
  }
  std::int64_t low = 1;
  std::int64_t high = model.max_position_embeddings;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (fits(middle) ? low : high) = middle;
  }
  return low;
}

// vLLM's "GPU KV cache size": tokens of sequences of max_model_len that fill the pool
// (kv_cache_utils.get_kv_cache_capacity). With full attention alone, whole blocks of tokens.
std::int64_t cache_tokens(const PagePlan& plan, const spec::HbmBudget& budget) {
  const bool plain = plan.groups.size() == 1 && !plan.groups[0].is_state &&
                     plan.groups[0].span.kind == model::SpanKind::Full;
  return plain ? budget.usable_blocks * plan.groups[0].block_size
               : static_cast<std::int64_t>(budget.max_concurrency *
                                           static_cast<double>(budget.max_model_len));
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
  const spec::KvDtype kv = model::kv_dtype(model, engine);
  spec::HbmBudget budget;
  budget.total = gpu.hbm.visible;
  budget.requested = Bytes(static_cast<std::int64_t>(static_cast<double>(budget.total.value()) *
                                                     engine.gpu_memory_utilization));
  budget.weights = model::weight_bytes_per_gpu(model, parallel);
  budget.peak_activation = peak_activation(model, engine);
  budget.non_torch = engine.non_torch_memory;
  budget.cuda_graphs = engine.enforce_eager ? Bytes(0) : engine.cuda_graph_memory;
  budget.available_kv = budget.requested - budget.weights - budget.peak_activation -
                        budget.non_torch - budget.cuda_graphs;
  const PagePlan plan = plan_pages(model, engine);
  budget.kv_bytes_per_token = model::kv_bytes_per_token(model, kv);
  budget.kv_bytes_per_sequence_constant = model::kv_bytes_per_sequence_constant(model, kv);
  budget.kv_bytes_per_token_per_gpu = model::kv_bytes_per_token_per_gpu(model, kv, parallel);
  budget.block_bytes = Bytes(plan.block_bytes());
  budget.num_gpu_blocks = engine.num_gpu_blocks_override.value_or(
      std::max<std::int64_t>(0, budget.available_kv.value() / budget.block_bytes.value()));
  budget.usable_blocks = std::max<std::int64_t>(0, budget.num_gpu_blocks - kNullBlocks);
  budget.max_model_len =
      engine.max_model_len.value_or(longest_that_fits(model, engine, plan, budget.usable_blocks));
  budget.blocks_per_sequence =
      most_blocks(plan, budget.max_model_len, *engine.max_num_batched_tokens);
  budget.max_concurrency =
      static_cast<double>(budget.usable_blocks) / static_cast<double>(budget.blocks_per_sequence);
  budget.kv_cache_tokens = cache_tokens(plan, budget);
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

}  // namespace kvsim::memory
