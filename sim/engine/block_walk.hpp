// KV blocks that a batch of decoding sequences takes and gives back in each step of a run.
//
// In step k (k = 0, 1, ...) a sequence that had `computed` tokens when the run began stores token
// computed + k. In every group of layers it
//   takes  a block when computed + k is a multiple of the block size,
//   gives  one back when the tokens left of its window reach a multiple of the block size, or all
//          that lie wholly in its finished chunk when computed + k is a multiple of the chunk.
// These are the differences of memory::resident_blocks from step to step (a test compares them).
// Step 0 is not part of the walk: the scheduler has decided it.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/memory/page_plan.hpp"

namespace kvsim::engine {

/// No sequence ever gives a block back while it decodes, so free blocks only fall.
[[nodiscard]] bool keeps_all_blocks(const memory::PagePlan& plan);

/// An upper bound, in O(groups), of the blocks taken in steps 1, ..., steps - 1.
[[nodiscard]] std::int64_t most_blocks_taken(const memory::PagePlan& plan, std::int64_t sequences,
                                             std::int64_t steps);

class BlockWalk {
 public:
  /// Forgets everything; steps 1, ..., steps - 1 will be counted.
  void begin(std::int64_t steps);
  void add(const memory::PagePlan& plan, std::int64_t computed);

  /// The longest run, in steps, that `free` blocks suffice for whatever is given back meanwhile:
  /// in which order sequences take and give within a step then does not matter.
  [[nodiscard]] std::int64_t affordable_steps(std::int64_t free) const;
  /// Blocks taken less blocks given back in `step`.
  [[nodiscard]] std::int64_t change(std::int64_t step) const;

 private:
  void take_in(const memory::PageGroup& group, std::int64_t computed);
  void give_back_in(const memory::PageGroup& group, std::int64_t computed);

  std::int64_t steps_ = 0;
  std::vector<std::int64_t> taken_;  ///< by step
  std::vector<std::int64_t> given_;
};

}  // namespace kvsim::engine
