// What the KV cache held at regular instants: blocks in use, and blocks that nobody holds but that
// can still be found.
//
// A sample at t shows the state just before t, so that nothing depends on the order of what happens
// at t. How long a run will be is not known, so the interval begins at 1 ms and doubles, and every
// other sample goes, whenever there are kMost of them.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/sim_time.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::engine {

class UsageSeries {
 public:
  /// When the next sample is due.
  [[nodiscard]] SimTime next() const { return next_; }
  /// The state changes at `now`, which is not before it last did.
  void set(SimTime now, std::int64_t used, std::int64_t kept) {
    if (next_ <= now) {
      catch_up(now);
    }
    state_ = {used, kept};
  }
  /// The sample that is due.
  void take(spec::KvSample sample);
  /// Samples of all replicas, at the instants of the one with the longest interval. Requires: all
  /// have been set at the same end.
  void merge(const UsageSeries& other);
  [[nodiscard]] spec::KvSeries series() const { return {interval_, samples_}; }

 private:
  static constexpr std::size_t kMost = 512;
  void catch_up(SimTime now);
  void halve();

  Duration interval_ = Duration(1'000'000'000'000'000);  // 1 ms in attoseconds
  SimTime next_ = SimTime() + interval_;
  spec::KvSample state_;
  std::vector<spec::KvSample> samples_;  ///< at interval_, 2 · interval_, ...
};

}  // namespace kvsim::engine
