// Who holds how many KV blocks.
//
// Without prefix caching a block is as good as any other, so the pool is a count; how many a
// sequence holds follows from how far it is (page_plan.hpp). The manager has questions that
// change nothing (`missing_blocks`, for the scheduler's what-if) and commands that are strict
// (`extend`, `release`: a wrong one is a bug and throws).
//
// With prefix caching (prefix_cache.hpp) blocks are shared and keep what they had. While a sequence
// decodes, only how many blocks it takes matters, so it still is a count; what the blocks contain
// is settled where somebody may ask for it: prompts as they are scheduled (`cover`), the rest when
// the sequence is preempted or ends (`keep`).
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/check.hpp"
#include "sim/memory/page_plan.hpp"
#include "sim/memory/prefix_cache.hpp"

namespace kvsim::memory {

/// KV blocks that one sequence holds; owned by the engine's slot, changed by the manager only.
struct Holding {
  std::int64_t blocks = 0;
  LeaseId lease = kNoLease;  ///< of those that can be found
};

/// Whether blocks are found again, and how.
enum class PrefixCaching { Off, UnhashedFirst, UnhashedInTurn };

/// One group of layers that keeps all tokens: whether a block is found does not depend on others.
[[nodiscard]] bool can_cache_prefixes(const PagePlan& plan);
/// As the engine asks for it, where it can be done.
[[nodiscard]] PrefixCaching prefix_caching(const spec::EngineSpec& engine, const PagePlan& plan);

class KvManager {
 public:
  /// `usable_blocks` excludes vLLM's null block. Requires: positive; prefixes are cached only where
  /// can_cache_prefixes(plan) (checked).
  KvManager(PagePlan plan, std::int64_t usable_blocks, PrefixCaching caching = PrefixCaching::Off);

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

  /// Blocks of the first group that `tokens` tokens begin.
  [[nodiscard]] std::int64_t begun_blocks(std::int64_t tokens) const {
    const std::int64_t size = plan_.groups.front().block_size;
    return rounds_up_ ? begun(tokens) : (tokens + size - 1) / size;
  }

  /// Gives what is missing and takes what left the windows. Requires: enough are free (checked).
  void extend(Holding& holding, std::int64_t computed, std::int64_t attended);
  /// Gives `blocks` more, for sequences that are accounted for together. Requires: enough are free
  /// (checked).
  void give(Holding& holding, std::int64_t blocks) {
    KVSIM_CHECK(blocks <= free_blocks_, "the scheduler handed out more KV blocks than are free");
    holding.blocks += blocks;
    free_blocks_ -= blocks;
    if (cache_) {
      cache_->take(blocks);
    }
  }
  /// Moves blocks between sequences and the account that they share.
  static void move(Holding& from, Holding& to, std::int64_t blocks);
  /// Takes all of them back. Of those that are not kept, the full ones among `computed` tokens go
  /// out of use later than the rest.
  void release(Holding& holding, std::int64_t computed = 0);

  [[nodiscard]] bool caches_prefixes() const { return cache_.has_value(); }
  /// How much of a newcomer is there already, at least one of its `tokens` left out. Nothing
  /// without a cache, or without content.
  [[nodiscard]] FoundPrefix find(const spec::Content& content, std::int64_t tokens);
  /// Holds what was just found. Requires: a cache; `holding` is empty.
  void hold(Holding& holding, const spec::Content& content, const FoundPrefix& found);
  [[nodiscard]] std::int64_t tokens_in(const FoundPrefix& found) const {
    return found.blocks * plan_.groups.front().block_size;
  }
  /// The full blocks among the first `tokens` of a sequence that was given what was found: they can
  /// be found from now on.
  void cover(Holding& holding, std::int64_t tokens);
  /// The same for one that may have no content of its own so far.
  void keep(Holding& holding, const spec::Content& content, std::int64_t tokens);
  /// Free blocks that can be found.
  [[nodiscard]] std::int64_t kept_blocks() const { return cache_ ? cache_->kept() : 0; }
  /// Those that would be left if `blocks` were taken.
  [[nodiscard]] std::int64_t kept_after(std::int64_t blocks) const {
    return cache_ ? cache_->kept_after(blocks) : 0;
  }
  /// Changes whenever a newcomer may find more, or more of what it finds is in use.
  [[nodiscard]] std::uint64_t changes() const { return cache_ ? cache_->changes() : 0; }

 private:
  [[nodiscard]] std::int64_t resident(std::int64_t computed, std::int64_t attended) const {
    return rounds_up_ ? rounded_up(attended) : resident_blocks(plan_, computed, attended);
  }
  [[nodiscard]] std::int64_t rounded_up(std::int64_t tokens) const {
    return copies_ * begun(tokens);
  }
  [[nodiscard]] std::int64_t begun(std::int64_t tokens) const {
    return (tokens + (std::int64_t{1} << shift_) - 1) >> shift_;
  }

  PagePlan plan_;
  /// The plan has one kind of group, which keeps all tokens, in blocks of 2^shift_: nearly every
  /// model, so the general rule is left out.
  bool rounds_up_;
  int shift_ = 0;
  std::int64_t copies_ = 1;
  std::int64_t usable_blocks_;
  std::int64_t free_blocks_;
  std::optional<PrefixCache> cache_;
};

}  // namespace kvsim::memory
