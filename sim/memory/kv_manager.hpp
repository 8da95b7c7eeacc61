// Who holds how many KV blocks.
//
// Without prefix caching a block is as good as any other, so the pool is a count. The manager has
// a question that changes nothing (`missing_blocks`, for the scheduler's what-if) and commands
// that are strict (`extend`, `release`: a wrong one is a bug and throws).
#pragma once

#include <cstdint>

namespace kvsim::memory {

/// KV blocks that one sequence holds; owned by the engine's slot, changed by the manager only.
struct Holding {
  std::int64_t blocks = 0;
};

class KvManager {
 public:
  /// `usable_blocks` excludes vLLM's null block. Requires: both positive (checked).
  KvManager(std::int64_t usable_blocks, std::int64_t block_size);

  [[nodiscard]] std::int64_t usable_blocks() const { return usable_blocks_; }
  [[nodiscard]] std::int64_t free_blocks() const { return free_blocks_; }
  [[nodiscard]] std::int64_t used_blocks() const { return usable_blocks_ - free_blocks_; }
  [[nodiscard]] std::int64_t block_size() const { return block_size_; }

  /// Blocks that a sequence with `held` blocks lacks to store `tokens` tokens.
  [[nodiscard]] std::int64_t missing_blocks(std::int64_t held, std::int64_t tokens) const;

  /// Gives the blocks that `tokens` tokens need. Requires: enough are free (checked).
  void extend(Holding& holding, std::int64_t tokens);
  /// Takes all of them back.
  void release(Holding& holding);

 private:
  std::int64_t usable_blocks_;
  std::int64_t free_blocks_;
  std::int64_t block_size_;
};

}  // namespace kvsim::memory
