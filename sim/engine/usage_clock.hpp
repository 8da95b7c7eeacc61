// How full the KV cache is over simulated time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/base/arithmetic_series.hpp"
#include "sim/base/sim_time.hpp"

namespace kvsim::engine {

/// Blocks that are taken in steps of a run, c(j) in step j.
struct Climb {
  std::int64_t blocks = 0;  ///< Σ c(j)
  std::int64_t places = 0;  ///< Σ c(j)·j
  Int128 pairs = 0;         ///< Σ c(j)·j(j - 1)/2
};

/// Integrates the blocks in use; all sums are integers, so their order does not matter.
class UsageClock {
 public:
  explicit UsageClock(std::int64_t usable_blocks);

  /// From `now` on, `used` blocks are in use. Requires: now does not go back (checked).
  void set(SimTime now, std::int64_t used);
  /// The same for a run that began at `begin`: after its first j steps, j = 1, ..., `steps`, c(j)
  /// blocks more are in use. `climb` has their sums; taker.blocks_taken(j) is c(j) >= 0, and
  /// taker.next_taking(j) a step behind j, with none between them in which blocks are taken.
  /// Requires: the last set() or climb() was not after the end of the first step.
  template <class Taker>
  void climb(SimTime begin, const ArithmeticSeries& times, std::int64_t steps, const Climb& climb,
             const Taker& taker);
  void merge(const UsageClock& other);

  /// Shares of the usable blocks, 0–1, over the time covered so far; 0 before any time passed.
  [[nodiscard]] double mean() const;
  [[nodiscard]] double max() const;
  /// Upper edge of the bin (1/1000 wide) below which the usage lies `percent` of the time.
  [[nodiscard]] double percentile(double percent) const;

 private:
  static constexpr std::int64_t kBins = 1000;
  void enter_bin_of(std::int64_t used) {
    const std::int64_t bin = (used * kBins + usable_blocks_ - 1) / usable_blocks_;
    bin_ = static_cast<std::size_t>(bin);
    most_in_bin_ = bin * usable_blocks_ / kBins;
  }
  void pass(Int128 attoseconds) { attoseconds_in_bin_[bin_] += attoseconds; }

  std::int64_t usable_blocks_;
  std::int64_t used_ = 0;
  std::size_t bin_ = 0;           ///< of used_
  std::int64_t most_in_bin_ = 0;  ///< blocks
  std::int64_t most_ = 0;
  SimTime since_;
  Int128 block_attoseconds_ = 0;
  Int128 attoseconds_ = 0;
  std::vector<Int128> attoseconds_in_bin_;
};

// With T(j) when the first j steps are over, the blocks of step j are in use for T(steps) - T(j):
//   Σ c(j)·(T(steps) - T(j)) = T(steps)·Σ c(j) - first·Σ c(j)·j - step·Σ c(j)·j(j - 1)/2
// Which bins the usage passes through is followed step by step, unless it stays within one.
template <class Taker>
void UsageClock::climb(SimTime begin, const ArithmeticSeries& times, std::int64_t steps,
                       const Climb& climb, const Taker& taker) {
  const Int128 until_end = times.sum(steps);
  const SimTime end = begin + Duration(until_end);
  const Int128 passed = (end - since_).attoseconds();
  block_attoseconds_ += passed * used_ + until_end * climb.blocks - times.first * climb.places -
                        times.step * climb.pairs;
  attoseconds_ += passed;
  std::int64_t used = used_;
  used_ += climb.blocks;
  most_ = std::max(most_, used_);
  for (std::int64_t step = 0; used_ > most_in_bin_;) {
    step = taker.next_taking(step);
    used += taker.blocks_taken(step);
    if (used > most_in_bin_) {
      const SimTime now = begin + Duration(times.sum(step));
      pass((now - since_).attoseconds());
      since_ = now;
      enter_bin_of(used);
    }
  }
  pass((end - since_).attoseconds());
  since_ = end;
}

}  // namespace kvsim::engine
