// How much of a run a timeline shows.
#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/base/sim_time.hpp"

namespace kvsim::report {

/// From `begin` up to `end`, which is no part of it.
struct TimelineWindow {
  SimTime begin;
  SimTime end = SimTime::never();

  [[nodiscard]] bool holds(SimTime at) const { return begin <= at && at < end; }
  /// Whether something of [from, until) lies inside.
  [[nodiscard]] bool meets(SimTime from, SimTime until) const {
    return std::max(from, begin) < std::min(until, end);
  }
};

struct TimelineLimits {
  TimelineWindow window;
  std::int64_t most_events = 500'000;  ///< in the file; half for requests, half for counters
};

}  // namespace kvsim::report
