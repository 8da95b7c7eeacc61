// How full the KV cache is over simulated time.
//
// Nothing is done while the usage stands still, since over a run that ends at T
//
//   Σ used · time  =  used at the end · T  −  Σ (change of used) · (when it changed)
//
// and the time in a bin of usage is counted when the usage leaves it. Where bins are hardly wider
// than a block, times are kept by the number of blocks, which takes no divisions, and binned when
// asked for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/base/arithmetic_series.hpp"
#include "sim/base/check.hpp"
#include "sim/base/sim_time.hpp"

namespace kvsim::engine {

/// Blocks that are taken in steps of a run, c(j) in step j.
struct Climb {
  std::int64_t blocks = 0;  ///< Σ c(j)
  std::int64_t places = 0;  ///< Σ c(j)·j
  Int128 pairs = 0;         ///< Σ c(j)·j(j - 1)/2
};

/// Where a climb passes a limit: in which step, by then so many blocks.
struct Passing {
  std::int64_t step = 0;
  std::int64_t blocks = 0;
};

/// Integrates the blocks in use; all sums are integers, so their order does not matter.
class UsageClock {
 public:
  explicit UsageClock(std::int64_t usable_blocks);

  /// From `now` on, `used` blocks are in use. Requires: now does not go back (checked).
  void set(SimTime now, std::int64_t used) {
    KVSIM_CHECK(now_ <= now, "simulated time went back");
    now_ = now;
    if (used != used_) {
      moments_ += now.since_start().attoseconds() * (used - used_);
      used_ = used;
      most_ = std::max(most_, used);
      if (!in_place(used)) {
        change_place(now, used);
      }
    }
  }
  /// The same for a run that began at `begin`: after its first j steps, j = 1, ..., `steps`, c(j)
  /// blocks more are in use. `climb` has their sums; taker.pass(j, room) tells the first step
  /// behind j by which more than `room` of them have been taken behind j, and how many. Requires:
  /// the last set() or climb() was not after the end of the first step; what follows is not before
  /// the end of the last.
  template <class Taker>
  void climb(SimTime begin, const ArithmeticSeries& times, const Climb& climb, const Taker& taker);
  /// Adds the time of another, of as many blocks or not; only questions may follow.
  void merge(const UsageClock& other);

  /// Shares of the usable blocks, 0–1, over the time covered so far; 0 before any time passed.
  [[nodiscard]] double mean() const;
  [[nodiscard]] double max() const;
  /// Upper edge of the bin (1/1000 wide) below which the usage lies `percent` of the time.
  [[nodiscard]] double percentile(double percent) const;

 private:
  static constexpr std::int64_t kBins = 1000;
  static constexpr std::int64_t kMostSingle = 4096;  // bounds a table at 64 KiB

  [[nodiscard]] std::int64_t bin_of(std::int64_t used) const {
    return (used * kBins + usable_blocks_ - 1) / usable_blocks_;
  }
  [[nodiscard]] bool in_place(std::int64_t used) const {
    return least_ <= used && used <= most_here_;
  }
  void change_place(SimTime now, std::int64_t used) {
    attoseconds_at_[place_] += (now - here_since_).attoseconds();
    here_since_ = now;
    enter_place_of(used);
  }
  void enter_place_of(std::int64_t used) {
    if (is_single_) {
      place_ = static_cast<std::size_t>(used);
      least_ = most_here_ = used;
      return;
    }
    const std::int64_t bin = bin_of(used);
    place_ = static_cast<std::size_t>(bin);
    most_here_ = bin * usable_blocks_ / kBins;
    least_ = bin == 0 ? 0 : (bin - 1) * usable_blocks_ / kBins + 1;
  }
  /// Clocks of as many blocks that were merged.
  struct Merged {
    std::int64_t usable_blocks = 0;
    std::int64_t most = 0;
    Int128 block_attoseconds = 0;
  };
  [[nodiscard]] Int128 attoseconds() const;
  static void add(std::vector<Merged>& all, const Merged& sums);
  [[nodiscard]] std::vector<Merged> all() const;
  [[nodiscard]] std::vector<Int128> attoseconds_in_bins() const;

  std::int64_t usable_blocks_;
  bool is_single_;  ///< a place is one number of blocks: few enough; else it is a bin
  std::int64_t used_ = 0;
  std::size_t place_ = 0;   ///< of used_
  std::int64_t least_ = 0;  ///< blocks of that place
  std::int64_t most_here_ = 0;
  std::int64_t most_ = 0;  ///< ever
  SimTime now_;
  SimTime here_since_;
  Int128 moments_ = 0;                  ///< Σ (change of used) · (when it changed)
  std::vector<Int128> attoseconds_at_;  ///< by place
  std::vector<Int128> merged_in_bins_;  ///< of other clocks; empty: none
  Int128 merged_attoseconds_ = 0;       ///< of other clocks
  std::vector<Merged> merged_;
};

// With T(j) when the first j steps are over, Σ c(j)·T(j) follows from the sums of c(j), c(j)·j and
// c(j)·j(j - 1)/2. Which places the usage passes through is followed step by step, unless it stays
// within one.
template <class Taker>
void UsageClock::climb(SimTime begin, const ArithmeticSeries& times, const Climb& climb,
                       const Taker& taker) {
  if (climb.blocks == 0) {
    return;
  }
  moments_ += begin.since_start().attoseconds() * climb.blocks + times.first * climb.places +
              times.step * climb.pairs;
  std::int64_t used = used_;
  used_ += climb.blocks;
  most_ = std::max(most_, used_);
  for (std::int64_t step = 0; used_ > most_here_;) {
    const Passing passing = taker.pass(step, most_here_ - used);
    step = passing.step;
    used += passing.blocks;
    change_place(begin + Duration(times.sum(step)), used);
  }
}

}  // namespace kvsim::engine
