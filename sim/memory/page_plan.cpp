#include "sim/memory/page_plan.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace kvsim::memory {
namespace {

using model::CacheGroup;
using model::SpanKind;

std::int64_t div_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// vLLM: with the hybrid manager off, nothing is dropped, so windows are kept like full contexts.
void keep_everything(std::vector<CacheGroup>& kinds) {
  for (CacheGroup& kind : kinds) {
    kind.span = {};
  }
}

std::vector<CacheGroup> kinds_of(const spec::ModelSpec& model, const spec::EngineSpec& engine) {
  const model::Parallel parallel = model::parallel_of(engine);
  std::vector<CacheGroup> kinds =
      model::cache_groups(model, model::kv_dtype(model, engine), parallel);
  std::erase_if(kinds, [](const CacheGroup& kind) { return kind.layers == 0; });
  for (CacheGroup& kind : kinds) {
    kind.layers = div_up(kind.layers, parallel.pipeline);
  }
  if (engine.disable_hybrid_kv_cache_manager) {
    keep_everything(kinds);
  }
  return kinds;
}

std::int64_t layers_per_group(const std::vector<CacheGroup>& kinds) {
  const auto [fewest, most] = std::minmax_element(
      kinds.begin(), kinds.end(),
      [](const CacheGroup& a, const CacheGroup& b) { return a.layers < b.layers; });
  // vLLM: 1.5 times the fewest is worth less than the padding of groups that small.
  return 2 * most->layers < 3 * fewest->layers ? most->layers : fewest->layers;
}

std::int64_t largest_state(const std::vector<CacheGroup>& kinds) {
  std::int64_t largest = 0;
  for (const CacheGroup& kind : kinds) {
    largest = std::max(largest, kind.state_bytes_per_gpu);
  }
  return largest;
}

// Tokens per block before pages are made equal: enough that a page of attention holds a state.
std::int64_t base_block_size(const std::vector<CacheGroup>& kinds, std::int64_t block_size) {
  std::int64_t needed = block_size;
  const std::int64_t state = largest_state(kinds);
  for (const CacheGroup& kind : kinds) {
    if (!kind.is_state() && state > 0) {
      needed =
          std::max(needed, div_up(state, block_size * kind.bytes_per_token_per_gpu) * block_size);
    }
  }
  return needed;
}

std::int64_t natural_page(const CacheGroup& kind, std::int64_t block_size) {
  return kind.is_state() ? kind.state_bytes_per_gpu : block_size * kind.bytes_per_token_per_gpu;
}

PageGroup page_group(const CacheGroup& kind, const PagePlan& plan, std::int64_t block_size) {
  PageGroup group;
  group.name = kind.name;
  group.copies = div_up(kind.layers, plan.layers_per_group);
  group.padding_layers = group.copies * plan.layers_per_group - kind.layers;
  group.is_state = kind.is_state();
  group.span = kind.span;
  const std::int64_t page = natural_page(kind, block_size);
  const bool divides = !kind.is_state() && plan.page_bytes % page == 0;
  group.block_size = divides ? block_size * (plan.page_bytes / page) : block_size;
  return group;
}

std::int64_t blocks_of(const PageGroup& group, std::int64_t computed, std::int64_t attended) {
  if (group.is_state) {
    return 1;
  }
  const std::int64_t needed = div_up(attended, group.block_size);
  return group.span.kind == SpanKind::Full
             ? needed
             : needed - model::droppable(group.span, computed) / group.block_size;
}

std::int64_t most_blocks_of(const PageGroup& group, std::int64_t tokens, std::int64_t batched) {
  if (group.is_state) {
    return 1;
  }
  switch (group.span.kind) {
    case SpanKind::Full:
      break;
    case SpanKind::Window:  // the window may begin in the middle of a block
      return std::min(
          div_up(tokens, group.block_size),
          div_up(std::min(group.span.tokens - 1 + batched, tokens), group.block_size) + 1);
    case SpanKind::Chunk:
      return div_up(std::min(group.span.tokens + batched, tokens), group.block_size);
  }
  return div_up(tokens, group.block_size);
}

}  // namespace

PagePlan plan_pages(const spec::ModelSpec& model, const spec::EngineSpec& engine) {
  const std::vector<CacheGroup> kinds = kinds_of(model, engine);
  KVSIM_CHECK(!kinds.empty(), "a model without any cache has no pages");
  const std::int64_t block_size =
      base_block_size(kinds, engine.block_size) * engine.decode_context_parallel_size;
  PagePlan plan;
  plan.layers_per_group = layers_per_group(kinds);
  for (const CacheGroup& kind : kinds) {
    plan.page_bytes = std::max(plan.page_bytes, natural_page(kind, block_size));
  }
  for (const CacheGroup& kind : kinds) {
    plan.groups.push_back(page_group(kind, plan, block_size));
  }
  // Each of the ranks that share a context stores its part of a block.
  plan.page_bytes = div_up(plan.page_bytes, engine.decode_context_parallel_size);
  return plan;
}

std::int64_t resident_blocks(const PagePlan& plan, std::int64_t computed, std::int64_t attended) {
  std::int64_t blocks = 0;
  for (const PageGroup& group : plan.groups) {
    blocks += group.copies * blocks_of(group, computed, attended);
  }
  return blocks;
}

std::int64_t most_blocks(const PagePlan& plan, std::int64_t tokens, std::int64_t batched_tokens) {
  std::int64_t blocks = 0;
  for (const PageGroup& group : plan.groups) {
    blocks += group.copies * most_blocks_of(group, tokens, batched_tokens);
  }
  return blocks;
}

}  // namespace kvsim::memory
