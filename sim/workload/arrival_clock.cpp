#include "sim/workload/arrival_clock.hpp"

#include "sim/workload/time_scaling.hpp"

namespace kvsim::workload {
namespace {

// Three years: longer than any published trace, shorter than seconds counted since 1970.
constexpr Duration kLongestTrace = Duration(kAttosecondsPerSecond) * 100'000'000;

Fault too_late(TraceOrigin origin) {
  if (origin == TraceOrigin::FirstRequest) {
    return {.message = "the arrival is more than three years after the first one", .field = {}};
  }
  return {.message = "the arrival is more than three years after the start of the run",
          .field = {},
          .notes = {"times in s and ms count from the start of the run: subtract the first "
                    "one from all"}};
}

}  // namespace

std::variant<SimTime, Fault> ArrivalClock::place(Duration written) {
  const bool first = !origin_;
  const Duration origin =
      first ? (origin_kind_ == TraceOrigin::FirstRequest ? written : Duration()) : *origin_;
  const Duration since_origin = written - origin;
  if (!first && since_origin < last_) {
    return Fault{.message = "the arrival is before that of the request above it",
                 .field = {},
                 .notes = {"sort the lines by this column: they are replayed as they come"},
                 .skippable = false};
  }
  if (since_origin < Duration()) {
    return Fault{.message = "the arrival is before the start of the run",
                 .field = {},
                 .notes = {"times in s and ms count from the start of the run"}};
  }
  if (since_origin > kLongestTrace) {
    return too_late(origin_kind_);
  }
  origin_ = origin;
  last_ = since_origin;
  return SimTime(speedup_ == 1 ? since_origin : divide(since_origin, speedup_));
}

std::optional<Fault> ArrivalClock::place(Duration written, const RowValue& value,
                                         SimTime& arrival) {
  auto placed = place(written);
  if (auto* fault = std::get_if<Fault>(&placed)) {
    fault->field = std::string(value.name);
    fault->column = value.column;
    return *fault;
  }
  arrival = std::get<SimTime>(placed);
  return std::nullopt;
}

}  // namespace kvsim::workload
