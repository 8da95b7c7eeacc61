#include "sim/workload/think_times.hpp"

#include <cmath>

#include "sim/workload/distributions.hpp"

namespace kvsim::workload {

ThinkTimes::ThinkTimes(const spec::ThinkTimeSpec& think_time) : think_time_(think_time) {
  if (think_time.kind == spec::ThinkTimeKind::Lognormal) {
    const spec::LognormalTimeSpec& given = think_time.lognormal;
    lognormal_ = lognormal_parameters({.mean = to_seconds(given.mean).value(),
                                       .p99 = to_seconds(given.p99).value(),
                                       .median = {}});
  }
}

Duration ThinkTimes::at(double uniform) const {
  switch (think_time_.kind) {
    case spec::ThinkTimeKind::Fixed:
      break;
    case spec::ThinkTimeKind::Exponential:
      return to_duration(to_seconds(think_time_.exponential.mean) * exponential_quantile(uniform));
    case spec::ThinkTimeKind::Lognormal:
      return to_duration(
          Seconds(std::exp(lognormal_.mu + lognormal_.sigma * normal_quantile(uniform))));
  }
  return think_time_.fixed;
}

}  // namespace kvsim::workload
