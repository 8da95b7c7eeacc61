// How the cache of a model is cut into pages and which layers share them, as vLLM does it.
//
// All layers that keep the same tokens form groups of equally many layers; a block is one page in
// each layer of one group, all groups draw blocks from one pool, and a sequence needs blocks from
// every group. (vLLM v1/core/kv_cache_utils.py: _get_kv_cache_groups_uniform_page_size,
// unify_kv_cache_spec_page_size.)
//
//   layers per group  the fewest layers of any kind, or the most if that is less than 1.5 times it
//   page              equal in all groups: smaller ones get more tokens per block, or padding
//   state             one page per sequence; the attention block grows until it is as large
//
// Not modelled: DeepSeek-V4's pages of several sizes, speculative state pages.
#pragma once

#include <string>
#include <vector>

#include "sim/base/quantity.hpp"
#include "sim/model/kv_bytes.hpp"
#include "sim/spec/engine.hpp"

namespace kvsim::memory {

/// Layers that share a block table. `copies` such groups exist, all alike.
struct PageGroup {
  std::string name;
  std::int64_t copies = 1;
  bool is_state = false;
  model::Span span;
  std::int64_t block_size = 16;     ///< tokens per block; of no meaning for a state
  std::int64_t padding_layers = 0;  ///< in all copies together: pages that no layer uses
};

struct PagePlan {
  std::vector<PageGroup> groups;
  std::int64_t layers_per_group = 1;
  std::int64_t page_bytes = 0;  ///< of one layer on one GPU, padding included
  /// Bytes of one block on one GPU.
  [[nodiscard]] std::int64_t block_bytes() const { return layers_per_group * page_bytes; }
};

/// Requires: the engine's parallel sizes fit the model (spec/contradictions.hpp).
[[nodiscard]] PagePlan plan_pages(const spec::ModelSpec& model, const spec::EngineSpec& engine);

/// Blocks of all groups that a sequence holds while tokens up to `attended` are computed on top of
/// `computed` stored ones: blocks wholly out of a window or chunk are dropped first.
[[nodiscard]] std::int64_t resident_blocks(const PagePlan& plan, std::int64_t computed,
                                           std::int64_t attended);

/// The most blocks that a sequence of up to `tokens` tokens ever holds, computed in steps of at
/// most `batched_tokens` (vLLM KVCacheSpec.max_memory_usage_bytes).
[[nodiscard]] std::int64_t most_blocks(const PagePlan& plan, std::int64_t tokens,
                                       std::int64_t batched_tokens);

}  // namespace kvsim::memory
