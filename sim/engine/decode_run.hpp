// A run of decode steps that are alike: the scheduler would decide the same in each of them, and
// their times form an arithmetic series. It is taken as a whole, and to the bit as single steps.
//
// A step that has just been decided begins a run of K steps if
//   - every running request computes one token in it and receives one, nobody is preempted or
//     admitted: the batch stays, and with it the CUDA-graph padding and the token budget;
//   - K <= steps_valid of its price;
//   - K <= tokens that the first of them to finish still lacks: who finishes does so in the last
//   step;
//   - the free blocks suffice for all that is taken, whatever windows give back meanwhile;
//   - nobody waits, or the head of the queue stays blocked: by the number of sequences, the token
//     budget, a prompt that must not be chunked; or by blocks, where free blocks only fall.
// Otherwise K = 1. A run may always be shorter than it could be: the next one goes on from there.
//
// A request that arrives at an empty queue cuts the run to its first boundary at or after the
// arrival (StepEnd comes before Arrival and Schedule last, event_class.hpp), unless the number of
// sequences or the budget keeps it out anyway. One that arrives behind a blocked head does not,
// unless priorities may put it before the head.
// With asynchronous scheduling that boundary is where it is noticed, and it runs one step later.
#pragma once

#include <algorithm>

#include "sim/base/arithmetic_series.hpp"
#include "sim/base/sim_time.hpp"

namespace kvsim::engine {

/// Bounds the memory of a BlockWalk. A run may be split anywhere.
inline constexpr std::int64_t kMostSteps = 65'536;

struct DecodeRun {
  SimTime begin;
  ArithmeticSeries times;  ///< of the steps, in attoseconds
  std::int64_t steps = 1;

  /// When the first `count` steps are over.
  [[nodiscard]] SimTime boundary(std::int64_t count) const {
    return begin + Duration(times.sum(count));
  }
  [[nodiscard]] SimTime end() const { return boundary(steps); }
  [[nodiscard]] Duration last_step() const { return Duration(times.term(steps - 1)); }
  /// Ends `later` steps behind the first boundary at or after `arrival`, if that is earlier.
  /// Requires: arrival >= begin.
  void cut(SimTime arrival, std::int64_t later = 0) {
    steps = std::min(steps, later + times.terms_to_reach((arrival - begin).attoseconds(), steps));
  }
};

}  // namespace kvsim::engine
