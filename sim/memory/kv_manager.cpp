#include "sim/memory/kv_manager.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace kvsim::memory {

KvManager::KvManager(std::int64_t usable_blocks, std::int64_t block_size)
    : usable_blocks_(usable_blocks), free_blocks_(usable_blocks), block_size_(block_size) {
  KVSIM_CHECK(usable_blocks > 0 && block_size > 0, "a KV pool needs blocks and tokens in them");
}

std::int64_t KvManager::missing_blocks(std::int64_t held, std::int64_t tokens) const {
  return std::max<std::int64_t>(0, (tokens + block_size_ - 1) / block_size_ - held);
}

void KvManager::extend(Holding& holding, std::int64_t tokens) {
  const std::int64_t missing = missing_blocks(holding.blocks, tokens);
  KVSIM_CHECK(missing <= free_blocks_, "the scheduler handed out more KV blocks than are free");
  holding.blocks += missing;
  free_blocks_ -= missing;
}

void KvManager::release(Holding& holding) {
  free_blocks_ += holding.blocks;
  holding.blocks = 0;
  KVSIM_CHECK(free_blocks_ <= usable_blocks_, "a KV block was released twice");
}

}  // namespace kvsim::memory
