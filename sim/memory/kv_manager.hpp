// Who holds how many KV blocks.
//
// Without prefix caching a block is as good as any other, so the pool is a count; how many a
// sequence holds follows from how far it is (page_plan.hpp). The manager has a question that
// changes nothing (`missing_blocks`, for the scheduler's what-if) and commands that are strict
// (`extend`, `release`: a wrong one is a bug and throws).
#pragma once

#include <cstdint>

#include "sim/memory/page_plan.hpp"

namespace kvsim::memory {

/// KV blocks that one sequence holds; owned by the engine's slot, changed by the manager only.
struct Holding {
  std::int64_t blocks = 0;
};

class KvManager {
 public:
  /// `usable_blocks` excludes vLLM's null block. Requires: positive (checked).
  KvManager(PagePlan plan, std::int64_t usable_blocks);

  [[nodiscard]] std::int64_t usable_blocks() const { return usable_blocks_; }
  [[nodiscard]] std::int64_t free_blocks() const { return free_blocks_; }
  [[nodiscard]] std::int64_t used_blocks() const { return usable_blocks_ - free_blocks_; }
  [[nodiscard]] const PagePlan& plan() const { return plan_; }

  /// Blocks that a sequence lacks to compute tokens up to `attended` on top of `computed` ones.
  /// Negative where more leave its windows than it needs anew.
  [[nodiscard]] std::int64_t missing_blocks(const Holding& holding, std::int64_t computed,
                                            std::int64_t attended) const {
    return resident(computed, attended) - holding.blocks;
  }
  /// The most blocks that a sequence of up to `tokens` ever holds: memory::most_blocks.
  [[nodiscard]] std::int64_t most(std::int64_t tokens, std::int64_t batched_tokens) const {
    return rounds_up_ ? rounded_up(tokens) : most_blocks(plan_, tokens, batched_tokens);
  }

  /// Gives what is missing and takes what left the windows. Requires: enough are free (checked).
  void extend(Holding& holding, std::int64_t computed, std::int64_t attended);
  /// Gives `blocks` more, for sequences that are accounted for together. Requires: enough are free
  /// (checked).
  void give(Holding& holding, std::int64_t blocks);
  /// Moves blocks between sequences and the account that they share.
  static void move(Holding& from, Holding& to, std::int64_t blocks);
  /// Takes all of them back.
  void release(Holding& holding);

 private:
  [[nodiscard]] std::int64_t resident(std::int64_t computed, std::int64_t attended) const {
    return rounds_up_ ? rounded_up(attended) : resident_blocks(plan_, computed, attended);
  }
  [[nodiscard]] std::int64_t rounded_up(std::int64_t tokens) const {
    return copies_ * ((tokens + (std::int64_t{1} << shift_) - 1) >> shift_);
  }

  PagePlan plan_;
  /// The plan has one kind of group, which keeps all tokens, in blocks of 2^shift_: nearly every
  /// model, so the general rule is left out.
  bool rounds_up_;
  int shift_ = 0;
  std::int64_t copies_ = 1;
  std::int64_t usable_blocks_;
  std::int64_t free_blocks_;
};

}  // namespace kvsim::memory
