// What happens next, in order of (time, EventClass, replica).
//
// Little is planned at any time, and most of it is known to be in order already:
//   StepEnd   one per replica; an arrival may make it earlier. A tree of winners over the replicas.
//   Arrival   the next one; the others come after it
//   Schedule  of this instant, once nothing else happens in it. A heap: all replicas may have one.
// When something was planned never decides, so a run of steps that is planned as a whole comes out
// in the same order as its steps. Between two things that are planned a replica may go on without
// the agenda (is_quiet_until, pass).
#pragma once

#include <optional>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/sim_time.hpp"
#include "sim/engine/event_class.hpp"

namespace kvsim::engine {

struct Event {
  SimTime time;
  EventClass event_class = EventClass::Arrival;
  ReplicaId replica;  ///< whose step ends or begins; not used by Arrival
};

class Agenda {
 public:
  explicit Agenda(std::int64_t replicas);

  /// Replaces what was planned for the replica; never() takes it out.
  void plan_step_end(ReplicaId replica, SimTime time) {
    const auto index = static_cast<std::size_t>(replica.value());
    ends_[index] = time;
    for (std::size_t i = (ends_.size() + index) / 2; i > 0; i /= 2) {
      winners_[i] = earlier(winners_[2 * i], winners_[2 * i + 1]);
    }
    next_ = sooner(ends_[winners_[1]], arrival_);
  }
  /// Replaces the arrival that was planned.
  void plan_arrival(SimTime time) {
    arrival_ = time;
    next_ = sooner(ends_[winners_[1]], arrival_);
  }
  /// At the end of this instant, once.
  void plan_schedule(ReplicaId replica);

  /// Nothing is planned before `time` or at it.
  [[nodiscard]] bool is_quiet_until(SimTime time) const {
    return time < next_ && to_schedule_.empty();
  }
  /// It is `time` now. Requires: is_quiet_until(time).
  void pass(SimTime time) { now_ = time; }

  /// The next event; a StepEnd and a Schedule are thereby taken out, an Arrival stays until
  /// plan_arrival. Nothing when nothing is planned.
  [[nodiscard]] std::optional<Event> next() {
    const std::size_t first = winners_[1];
    const SimTime time = next_;
    if (!to_schedule_.empty() && now_ < time) {
      return Event{now_, EventClass::Schedule, take_lowest()};
    }
    if (time == SimTime::never()) {
      return std::nullopt;
    }
    now_ = time;
    if (ends_[first] != time) {
      return Event{time, EventClass::Arrival, {}};
    }
    const ReplicaId replica(static_cast<std::int32_t>(first));
    plan_step_end(replica, SimTime::never());
    return Event{time, EventClass::StepEnd, replica};
  }

 private:
  [[nodiscard]] std::size_t earlier(std::size_t a, std::size_t b) const {
    return ends_[b] < ends_[a] ? b : a;  // of two at once the lower replica, which is a
  }
  // By value: with the references of std::min runs were 2 to 5 % slower (g++ 12).
  [[nodiscard]] static SimTime sooner(SimTime a, SimTime b) { return b < a ? b : a; }
  [[nodiscard]] ReplicaId take_lowest();

  SimTime now_;
  SimTime arrival_ = SimTime::never();
  SimTime next_ = SimTime::never();     ///< of all but schedules
  std::vector<SimTime> ends_;           ///< by replica, never() while idle; a power of two of them
  std::vector<std::size_t> winners_;    ///< winners_[i]: of winners_[2i] and [2i + 1]; leaves last
  std::vector<ReplicaId> to_schedule_;  ///< a heap, the lowest on top
  std::vector<char> is_to_schedule_;    ///< by replica
};

}  // namespace kvsim::engine
