// vLLM V1's block pool as it is written there, block by block: the question that the extents of
// memory/prefix_cache.hpp have to answer alike. Every full block has its chain as a key and is
// cached as soon as it is scheduled, answers too.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sim/spec/prompt_content.hpp"

namespace kvsim::test {

class VllmBlockPool {
 public:
  struct Table {  ///< of one request
    spec::Content content;
    std::vector<std::size_t> blocks;
    std::size_t cached = 0;
  };
  struct Found {
    std::vector<std::size_t> blocks;
    std::int64_t idle = 0;
  };

  VllmBlockPool(std::int64_t blocks, std::int64_t block_size, bool unhashed_first);

  [[nodiscard]] std::int64_t free() const { return static_cast<std::int64_t>(queue_.size()); }
  /// get_computed_blocks of a request of `tokens` tokens.
  [[nodiscard]] Found find(const spec::Content& content, std::int64_t tokens) const;
  /// touch, then save.
  void hold(Table& table, const Found& found);
  /// allocate_slots for tokens up to `attended`: takes what is missing, caches what is full.
  void extend(Table& table, std::int64_t attended);
  void release(Table& table);

 private:
  struct Block {
    std::string key;  ///< empty: no hash
    std::int64_t holders = 0;
  };
  [[nodiscard]] std::string key_of(const spec::PromptContent& content, std::size_t block) const;

  std::int64_t block_size_;
  bool unhashed_first_;
  std::vector<Block> blocks_;
  std::deque<std::size_t> queue_;
  std::map<std::string, std::vector<std::size_t>> cached_;  ///< in the order in which they came
};

}  // namespace kvsim::test
