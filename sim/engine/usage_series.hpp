// What a replica was like at regular instants: its KV cache, who runs, who waits (spec::KvSample).
//
// A sample at t shows the state just before t, so that nothing depends on the order of what happens
// at t. How long a run will be is not known, so the interval begins at 1 ms and doubles, and every
// other sample goes, whenever there are kMost of them.
#pragma once

#include <vector>

#include "sim/base/sim_time.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::engine {

class UsageSeries {
 public:
  /// When the next sample is due: to be taken before anything changes at that instant or later.
  [[nodiscard]] SimTime next() const { return next_; }
  /// The sample that is due.
  void take(spec::KvSample sample);
  /// Samples of all replicas, at the instants of the one with the longest interval. Requires: all
  /// have taken theirs up to the same end.
  void merge(const UsageSeries& other);
  [[nodiscard]] spec::KvSeries series() const { return {interval_, samples_}; }

 private:
  static constexpr std::size_t kMost = 512;
  void halve();

  Duration interval_ = Duration(1'000'000'000'000'000);  // 1 ms in attoseconds
  SimTime next_ = SimTime() + interval_;
  std::vector<spec::KvSample> samples_;  ///< at interval_, 2 · interval_, ...
};

}  // namespace kvsim::engine
