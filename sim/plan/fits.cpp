#include "sim/plan/fits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "sim/memory/hbm_budget.hpp"
#include "sim/memory/page_plan.hpp"
#include "sim/spec/contradictions.hpp"

namespace kvsim::plan {
namespace {

// What tensor parallelism cuts into equal parts, in the order of spec/contradictions.cpp.
struct Part {
  std::int64_t size;
  std::string_view word;
  bool may_be_copied = false;
};

std::vector<Part> parts_of(const spec::ModelSpec& model, bool whole_experts) {
  std::vector<Part> parts = {
      {model.num_attention_heads, "heads"},
      {spec::kv_heads(model), "KV heads", true},
      {spec::kv_heads(model, spec::LayerType::Sliding), "sliding KV heads", true}};
  if (model.linear_attention) {
    parts.push_back({model.linear_attention->num_heads, "linear heads"});
    if (model.linear_attention->kind == spec::LinearKind::GatedDeltaNet) {
      parts.push_back({model.linear_attention->num_key_heads, "linear key heads"});
    }
  }
  parts.push_back({model.intermediate_size, "FFN columns"});
  if (model.moe) {
    parts.push_back(whole_experts ? Part{model.moe->n_routed_experts, "experts"}
                                  : Part{model.moe->moe_intermediate_size, "expert columns"});
  }
  return parts;
}

bool can_be_cut(const Part& part, std::int64_t ranks) {
  return part.size % ranks == 0 || (part.may_be_copied && part.size > 0 && ranks % part.size == 0);
}

Fit fit_of(const spec::ModelSpec& model, const spec::GpuSpec& gpu, const spec::EngineSpec& engine,
           std::optional<std::int64_t> context) {
  Fit fit;
  fit.tensor_parallel_size = engine.tensor_parallel_size;
  fit.refusal = short_refusal(model, engine);
  if (!fit.refusal.empty()) {
    return fit;
  }
  const spec::HbmBudget budget = memory::hbm_arithmetic(model, gpu, engine);
  fit.fits = budget.max_concurrency >= 1;
  fit.weights = budget.weights;
  fit.available_kv = budget.available_kv;
  if (fit.fits) {
    const memory::PagePlan plan = memory::plan_pages(model, engine);
    const std::int64_t length = context.value_or(budget.max_model_len);
    fit.kv_cache_tokens = budget.kv_cache_tokens;
    fit.max_model_len = budget.max_model_len;
    fit.sequences =
        budget.usable_blocks / memory::most_blocks(plan, length, *engine.max_num_batched_tokens);
  }
  return fit;
}

}  // namespace

std::string short_refusal(const spec::ModelSpec& model, const spec::EngineSpec& engine) {
  const std::vector<spec::Contradiction> broken = spec::contradictions(model, engine);
  if (broken.empty()) {
    return {};
  }
  const bool by_cutting = broken.front().paths.front() == "engine.tensor_parallel_size";
  const std::int64_t ranks = engine.tensor_parallel_size;
  const std::vector<Part> parts = parts_of(model, engine.enable_expert_parallel);
  const auto part = std::find_if(parts.begin(), parts.end(),
                                 [&](const Part& each) { return !can_be_cut(each, ranks); });
  return by_cutting && part != parts.end()
             ? fmt::format("{} {} / {}", part->size, part->word, ranks)
             : broken.front().message;
}

std::vector<Fit> fits(const spec::ModelSpec& model, const spec::GpuSpec& gpu,
                      spec::EngineSpec engine,
                      const std::vector<std::int64_t>& tensor_parallel_sizes,
                      std::optional<std::int64_t> context) {
  std::vector<Fit> all;
  for (const std::int64_t size : tensor_parallel_sizes) {
    engine.tensor_parallel_size = size;
    all.push_back(fit_of(model, gpu, engine, context));
  }
  return all;
}

std::vector<std::int64_t> powers_of_two(std::int64_t largest) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t size = 1; size <= largest; size *= 2) {
    sizes.push_back(size);
  }
  return sizes;
}

}  // namespace kvsim::plan
