#include "vllm_block_pool.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvsim::test {

VllmBlockPool::VllmBlockPool(std::int64_t blocks, std::int64_t block_size, bool unhashed_first)
    : block_size_(block_size),
      unhashed_first_(unhashed_first),
      blocks_(static_cast<std::size_t>(blocks)) {
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    queue_.push_back(i);
  }
}

// All stretches up to that of the block's last token, and which block it is.
std::string VllmBlockPool::key_of(const spec::PromptContent& content, std::size_t block) const {
  const std::int64_t end = (static_cast<std::int64_t>(block) + 1) * block_size_;
  std::string key;
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < content.stretches.size() && tokens < end; ++i) {
    key += fmt::format("{}:{}/", content.stretches[i].id, content.stretches[i].tokens);
    tokens += content.stretches[i].tokens;
  }
  return fmt::format("{}#{}", key, block);
}

VllmBlockPool::Found VllmBlockPool::find(const spec::Content& content, std::int64_t tokens) const {
  Found found;
  const auto most = static_cast<std::size_t>((tokens - 1) / block_size_);
  while (found.blocks.size() < most) {
    const auto cached = cached_.find(key_of(*content, found.blocks.size()));
    if (cached == cached_.end() || cached->second.empty()) {
      break;
    }
    found.blocks.push_back(cached->second.front());
    found.idle += blocks_[found.blocks.back()].holders == 0 ? 1 : 0;
  }
  return found;
}

void VllmBlockPool::hold(Table& table, const Found& found) {
  for (const std::size_t block : found.blocks) {
    if (blocks_[block].holders++ == 0) {
      queue_.erase(std::find(queue_.begin(), queue_.end(), block));
    }
  }
  table.blocks = found.blocks;
  table.cached = found.blocks.size();
}

void VllmBlockPool::extend(Table& table, std::int64_t attended) {
  while (static_cast<std::int64_t>(table.blocks.size()) * block_size_ < attended) {
    const std::size_t block = queue_.front();
    queue_.pop_front();
    if (!blocks_[block].key.empty()) {
      std::erase(cached_[blocks_[block].key], block);
    }
    blocks_[block] = {"", 1};
    table.blocks.push_back(block);
  }
  for (; static_cast<std::int64_t>(table.cached + 1) * block_size_ <= attended; ++table.cached) {
    Block& block = blocks_[table.blocks[table.cached]];
    block.key = key_of(*table.content, table.cached);
    cached_[block.key].push_back(table.blocks[table.cached]);
  }
}

void VllmBlockPool::release(Table& table) {
  std::vector<std::size_t> hashed;
  std::vector<std::size_t> unhashed;
  for (auto id = table.blocks.rbegin(); id != table.blocks.rend(); ++id) {
    if (--blocks_[*id].holders == 0) {
      (blocks_[*id].key.empty() && unhashed_first_ ? unhashed : hashed).push_back(*id);
    }
  }
  queue_.insert(queue_.begin(), unhashed.begin(), unhashed.end());
  queue_.insert(queue_.end(), hashed.begin(), hashed.end());
  table = {};
}

}  // namespace kvsim::test
