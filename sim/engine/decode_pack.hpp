// The requests that decode step after step, as sums: a step or a run of steps costs the same for
// two of them as for two hundred.
//
// A counter D counts the steps of the pack. A member that had `computed` tokens when it joined has
// origin + D of them at any later time, with origin = computed - D at that moment, so
//
//   tokens attended in the next step   Σ (origin + D + 1) = Σ origin + n·(D + 1)
//   members that need a block in it    those with (origin + D) mod block size = 0: counted by
//                                      -origin mod block size, which never changes
//   the next to finish                 by D when joining + tokens it lacked, finish_wheel.hpp
//
// The pack is the head of the list of running requests: the scheduler gives each of its members one
// token before it comes to anybody else. It may be formed where all attention is full, no block is
// given back before the end, and prices depend on sums of contexts alone; a member got its latest
// token in the step before.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/engine/finish_wheel.hpp"
#include "sim/engine/usage_clock.hpp"
#include "sim/memory/page_plan.hpp"

namespace kvsim::engine {

class DecodePack {
 public:
  struct Member {
    SlotId slot;
    std::int64_t origin = 0;
    std::int64_t finish = 0;  ///< D when it has all its tokens
    std::int64_t joined = 0;  ///< how many had joined before
  };

  explicit DecodePack(const memory::PagePlan& plan);

  [[nodiscard]] std::int64_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  /// Behind all others. Requires: missing > 0, the tokens that it has yet to receive.
  void join(SlotId slot, std::int64_t computed, std::int64_t missing);
  /// Requires: 0 < steps <= steps_until_a_finish().
  void advance(std::int64_t steps) { steps_ += steps; }
  [[nodiscard]] bool somebody_has_finished() const { return wheel_.next() == steps_; }
  /// Takes out those that have all their tokens, in the order in which they joined.
  void take_finished(std::vector<Member>& finished);
  /// Takes out the one that joined last. Requires: not empty.
  Member take_youngest();
  /// Tokens stored of one that is in the pack or was taken out last.
  [[nodiscard]] std::int64_t computed(const Member& member) const { return member.origin + steps_; }
  /// Tokens attended in the next step.
  [[nodiscard]] std::int64_t context() const { return origins_ + size() * (steps_ + 1); }
  /// Requires: not empty.
  [[nodiscard]] std::int64_t steps_until_a_finish() const { return wheel_.next() - steps_; }
  /// Blocks taken in the next step (ahead = 0) or in one after it.
  [[nodiscard]] std::int64_t blocks_taken(std::int64_t ahead) const {
    if (one_cycle_) {
      const Cycle& cycle = cycles_.front();
      return cycle.copies * cycle.members[static_cast<std::size_t>((steps_ + ahead) & cycle.mask)];
    }
    std::int64_t blocks = 0;
    for (const Cycle& cycle : cycles_) {
      blocks += cycle.copies * cycle.members[cycle.phase(steps_ + ahead)];
    }
    return blocks;
  }
  /// The first step behind step `ahead` by which more than `room` have been taken behind that one,
  /// and how many. Requires: not empty, `room` >= 0.
  [[nodiscard]] Passing pass(std::int64_t ahead, std::int64_t room) const;
  /// Those taken in the steps 1, ..., `steps` after the next one.
  [[nodiscard]] Climb climb(std::int64_t steps) const;
  /// No more than these in any `steps` steps in a row. Requires: steps > 0.
  [[nodiscard]] std::int64_t takes_at_most(std::int64_t steps) const {
    std::int64_t blocks = 0;
    for (const Cycle& cycle : cycles_) {
      blocks += cycle.copies * size_ * (cycle.whole_turns(steps) + 1);
    }
    return blocks;
  }
  /// The longest run, at most `wanted` steps, that `free` blocks suffice for after its first step.
  [[nodiscard]] std::int64_t affordable_steps(std::int64_t wanted, std::int64_t free) const;

 private:
  static constexpr FinishWheel::Item kNobody = ~FinishWheel::Item{0};
  /// Members by what D is, mod block_size, when they take a block: -origin.
  struct Cycle {
    std::int64_t block_size = 1;
    std::int64_t copies = 0;
    std::vector<std::int64_t> members;
    std::int64_t mask = 0;       ///< block_size - 1 if that is all ones, else 0
    int shift = 0;               ///< log2(block_size) then
    std::uint64_t occupied = 0;  ///< a bit per entry of members, if they are 64 at most
    [[nodiscard]] std::size_t phase(std::int64_t steps) const {
      if (mask != 0) {
        return static_cast<std::size_t>(steps & mask);
      }
      const std::int64_t rest = steps % block_size;
      return static_cast<std::size_t>(rest < 0 ? rest + block_size : rest);
    }
    [[nodiscard]] std::int64_t whole_turns(std::int64_t steps) const {
      return mask != 0 ? steps >> shift : steps / block_size;
    }
    [[nodiscard]] bool has_bits() const { return block_size <= 64; }
    /// Bit i: whether anybody takes a block at `steps` + i. Requires: has_bits().
    [[nodiscard]] std::uint64_t occupied_from(std::int64_t steps) const {
      const std::size_t turn = phase(steps);
      const auto bits = static_cast<std::size_t>(block_size);
      return turn == 0 ? occupied
                       : (occupied >> turn | occupied << (bits - turn)) &
                             (~std::uint64_t{0} >> (64 - bits));
    }
  };
  [[nodiscard]] Climb short_climb(const Cycle& cycle, std::int64_t steps) const;
  [[nodiscard]] Climb long_climb(std::int64_t steps) const;
  void add_climb(const Cycle& cycle, std::int64_t steps, std::int64_t j, Climb& climb) const;
  static void add_turns(const Cycle& cycle, std::int64_t blocks, std::int64_t steps, std::int64_t j,
                        Climb& climb);
  void count(const Member& member, std::int64_t sign);
  Member take(FinishWheel::Item place);

  /// Neighbours in the order in which members joined.
  struct Neighbours {
    FinishWheel::Item older, younger;
  };
  std::vector<Member> members_;         ///< in no order
  std::vector<Neighbours> neighbours_;  ///< by place in members_
  FinishWheel::Item youngest_ = kNobody;
  std::vector<FinishWheel::Item> free_;  ///< places in members_
  FinishWheel wheel_;                    ///< of places, by D when they have all their tokens
  std::vector<FinishWheel::Item> due_;
  std::vector<Cycle> cycles_;  ///< one for each block size of the plan
  bool one_cycle_ = false;     ///< of a power of two: nearly every plan
  std::int64_t size_ = 0;
  std::int64_t joined_ = 0;   ///< so far
  std::int64_t steps_ = 0;    ///< D
  std::int64_t origins_ = 0;  ///< their sum
};

}  // namespace kvsim::engine
