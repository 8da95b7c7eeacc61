// From the times written in a trace to simulated time: origin, order, speed.
//
// Wall-clock timestamps count from the first request, which arrives at 0. Plain seconds and
// milliseconds already count from the start of the run and are kept as written, so a run's own
// requests.csv replays to the same instants.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "sim/base/sim_time.hpp"
#include "sim/workload/row_values.hpp"

namespace kvsim::workload {

enum class TraceOrigin { FirstRequest, StartOfRun };

class ArrivalClock {
 public:
  ArrivalClock(TraceOrigin origin, double speedup) : origin_kind_(origin), speedup_(speedup) {}

  /// The instant at which a request written with time `written` arrives, or why there is none:
  /// it is before the request before it, before the start, or years later.
  [[nodiscard]] std::variant<SimTime, Fault> place(Duration written);
  /// The same for the row's value `value`, at which a fault then points.
  [[nodiscard]] std::optional<Fault> place(Duration written, const RowValue& value,
                                           SimTime& arrival);

 private:
  TraceOrigin origin_kind_;
  double speedup_;
  std::optional<Duration> origin_;
  Duration last_;
};

}  // namespace kvsim::workload
