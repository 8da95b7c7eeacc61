// What counters of a timeline show: the state of one replica at the begin of each step, and what
// its steps read and computed.
//
// Bytes and tokens are kept as sums since the start of the run, so that a point may be left out
// without losing any: the bandwidth from one point to the next is what was read in between. A
// series that grows beyond its limit drops every second point, again and again. While nothing
// runs a point of its own says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/base/int128.hpp"
#include "sim/report/timeline_window.hpp"
#include "sim/spec/scheduled_step.hpp"

namespace kvsim::report {

struct CounterPoint {
  SimTime at;
  std::int64_t running = 0;
  std::int64_t waiting = 0;
  std::int64_t used_blocks = 0;
  // by the steps before it
  Int128 hbm_bytes = 0;  ///< read by one GPU
  Int128 tokens = 0;
  std::int64_t steps = 0;
};

class TimelineCounters {
 public:
  /// Requires: most_points >= 2.
  TimelineCounters(const TimelineWindow& window, std::size_t most_points);

  void take(const spec::ScheduledStep& step);
  /// Requires: nothing happens behind `end`, when the run is over.
  void close(SimTime end);

  /// In order of time. The first may lie before the window, if a step goes on into it; the last is
  /// only there to say when the one before it ends.
  [[nodiscard]] const std::vector<CounterPoint>& points() const { return points_; }
  /// One of how many was kept.
  [[nodiscard]] std::int64_t every() const { return every_; }
  /// How many there were in the window.
  [[nodiscard]] std::int64_t seen() const { return seen_; }
  /// The run was over within the window: counters fall to 0 at the last point.
  [[nodiscard]] bool sees_the_end() const { return sees_the_end_; }

 private:
  /// Begun; it counts if it has ended before the run.
  struct Open {
    SimTime end;
    Int128 hbm_bytes = 0, tokens = 0;
  };
  void end_step(SimTime next);
  void add(const CounterPoint& point);
  void add_last(const CounterPoint& point);
  [[nodiscard]] CounterPoint idle_at(SimTime at) const;

  TimelineWindow window_;
  std::size_t most_points_;
  std::vector<CounterPoint> points_;
  std::int64_t every_ = 1;
  std::int64_t seen_ = 0;
  std::optional<Open> open_;
  CounterPoint sums_;  ///< of the steps that have ended
  bool full_ = false;  ///< the window is over
  bool sees_the_end_ = false;
};

}  // namespace kvsim::report
