#include "sim/memory/kv_manager.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "sim/base/check.hpp"

namespace kvsim::memory {
namespace {

bool keeps_all_tokens(const PagePlan& plan) {
  return plan.groups.size() == 1 && !plan.groups.front().is_state &&
         plan.groups.front().span.kind == model::SpanKind::Full;
}

bool has_power_of_two(const PagePlan& plan) {
  return std::has_single_bit(static_cast<std::uint64_t>(plan.groups.front().block_size));
}

}  // namespace

bool can_cache_prefixes(const PagePlan& plan) {
  return keeps_all_tokens(plan) && plan.groups.front().copies == 1;
}

PrefixCaching prefix_caching(const spec::EngineSpec& engine, const PagePlan& plan) {
  if (!engine.enable_prefix_caching || !can_cache_prefixes(plan)) {
    return PrefixCaching::Off;
  }
  return engine.evict_unhashed_blocks_first ? PrefixCaching::UnhashedFirst
                                            : PrefixCaching::UnhashedInTurn;
}

KvManager::KvManager(PagePlan plan, std::int64_t usable_blocks, PrefixCaching caching)
    : plan_(std::move(plan)),
      rounds_up_(keeps_all_tokens(plan_) && has_power_of_two(plan_)),
      usable_blocks_(usable_blocks),
      free_blocks_(usable_blocks) {
  if (rounds_up_) {
    const PageGroup& group = plan_.groups.front();
    shift_ = std::countr_zero(static_cast<std::uint64_t>(group.block_size));
    copies_ = group.copies;
  }
  KVSIM_CHECK(usable_blocks > 0, "a KV pool needs blocks");
  if (caching != PrefixCaching::Off) {
    KVSIM_CHECK(can_cache_prefixes(plan_), "prefixes of this model cannot be cached");
    cache_.emplace(usable_blocks, plan_.groups.front().block_size,
                   caching == PrefixCaching::UnhashedFirst);
  }
}

void KvManager::extend(Holding& holding, std::int64_t computed, std::int64_t attended) {
  give(holding, missing_blocks(holding, computed, attended));
}

void KvManager::move(Holding& from, Holding& to, std::int64_t blocks) {
  KVSIM_CHECK(blocks <= from.blocks, "more KV blocks were moved than are held");
  from.blocks -= blocks;
  to.blocks += blocks;
}

void KvManager::release(Holding& holding, std::int64_t computed) {
  if (!cache_) {
    free_blocks_ += holding.blocks;
  } else if (holding.blocks > 0) {
    const std::int64_t kept = holding.lease == kNoLease ? 0 : cache_->covered(holding.lease);
    const std::int64_t full =
        std::clamp(computed / plan_.groups.front().block_size, kept, holding.blocks);
    cache_->give_back(full - kept, holding.blocks - full);
    free_blocks_ += holding.blocks - kept;
    if (holding.lease != kNoLease) {
      free_blocks_ += cache_->close(holding.lease);
    }
  }
  holding = {};
  KVSIM_CHECK(free_blocks_ <= usable_blocks_, "a KV block was released twice");
}

FoundPrefix KvManager::find(const spec::Content& content, std::int64_t tokens) {
  if (!cache_ || content == nullptr) {
    return {};
  }
  return cache_->find(*content, (tokens - 1) / plan_.groups.front().block_size);
}

void KvManager::hold(Holding& holding, const spec::Content& content, const FoundPrefix& found) {
  KVSIM_CHECK(holding.blocks == 0 && holding.lease == kNoLease, "a newcomer holds KV blocks");
  holding.lease = cache_->open_found(content);
  holding.blocks = found.blocks;
  free_blocks_ -= found.idle;
}

void KvManager::cover(Holding& holding, std::int64_t tokens) {
  if (holding.lease != kNoLease) {
    cache_->cover(holding.lease, tokens / plan_.groups.front().block_size);
  }
}

void KvManager::keep(Holding& holding, const spec::Content& content, std::int64_t tokens) {
  if (cache_ && holding.lease == kNoLease) {
    holding.lease = cache_->open(content);
  }
  cover(holding, tokens);
}

}  // namespace kvsim::memory
