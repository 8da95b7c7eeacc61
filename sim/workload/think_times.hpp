// Times between an answer and the turn that follows it.
//
//   exponential  mean · E, E exponential with mean 1
//   lognormal    exp(mu + sigma·Z), mu and sigma from mean and p99 as for lengths (lengths.hpp)
#pragma once

#include "sim/base/sim_time.hpp"
#include "sim/workload/lengths.hpp"

namespace kvsim::workload {

class ThinkTimes {
 public:
  explicit ThinkTimes(const spec::ThinkTimeSpec& think_time);

  /// The time at this point of the distribution. Requires: 0 < uniform < 1.
  [[nodiscard]] Duration at(double uniform) const;

 private:
  spec::ThinkTimeSpec think_time_;
  LognormalParameters lognormal_;  ///< in seconds
};

}  // namespace kvsim::workload
