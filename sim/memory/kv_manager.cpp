#include "sim/memory/kv_manager.hpp"

#include <bit>
#include <utility>

#include "sim/base/check.hpp"

namespace kvsim::memory {
namespace {

bool is_plain(const PagePlan& plan) {
  return plan.groups.size() == 1 && !plan.groups.front().is_state &&
         plan.groups.front().span.kind == model::SpanKind::Full &&
         std::has_single_bit(static_cast<std::uint64_t>(plan.groups.front().block_size));
}

}  // namespace

KvManager::KvManager(PagePlan plan, std::int64_t usable_blocks)
    : plan_(std::move(plan)),
      rounds_up_(is_plain(plan_)),
      usable_blocks_(usable_blocks),
      free_blocks_(usable_blocks) {
  if (rounds_up_) {
    const PageGroup& group = plan_.groups.front();
    shift_ = std::countr_zero(static_cast<std::uint64_t>(group.block_size));
    copies_ = group.copies;
  }
  KVSIM_CHECK(usable_blocks > 0, "a KV pool needs blocks");
}

void KvManager::extend(Holding& holding, std::int64_t computed, std::int64_t attended) {
  give(holding, missing_blocks(holding, computed, attended));
}

void KvManager::give(Holding& holding, std::int64_t blocks) {
  KVSIM_CHECK(blocks <= free_blocks_, "the scheduler handed out more KV blocks than are free");
  holding.blocks += blocks;
  free_blocks_ -= blocks;
}

void KvManager::move(Holding& from, Holding& to, std::int64_t blocks) {
  KVSIM_CHECK(blocks <= from.blocks, "more KV blocks were moved than are held");
  from.blocks -= blocks;
  to.blocks += blocks;
}

void KvManager::release(Holding& holding) {
  free_blocks_ += holding.blocks;
  holding.blocks = 0;
  KVSIM_CHECK(free_blocks_ <= usable_blocks_, "a KV block was released twice");
}

}  // namespace kvsim::memory
