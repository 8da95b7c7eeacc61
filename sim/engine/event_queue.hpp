// Future events, ordered by (time, class, replica, sequence). A run is planned earlier than the
// last of the single steps that it stands for, so when something was planned must not decide
// between replicas; among arrivals, which have no replica, it does.
#pragma once

#include <cstdint>
#include <queue>
#include <tuple>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/sim_time.hpp"
#include "sim/engine/event_class.hpp"

namespace kvsim::engine {

struct Event {
  SimTime time;
  EventClass event_class = EventClass::Arrival;
  std::uint64_t sequence = 0;
  ReplicaId replica;  ///< whose step ends or begins; not used by Arrival
};

class EventQueue {
 public:
  void plan(SimTime time, EventClass event_class, ReplicaId replica = {}) {
    events_.push({time, event_class, next_sequence_++, replica});
  }
  [[nodiscard]] bool empty() const { return events_.empty(); }
  Event take() {
    const Event event = events_.top();
    events_.pop();
    return event;
  }

 private:
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return std::tuple(a.time, a.event_class, a.replica, a.sequence) >
             std::tuple(b.time, b.event_class, b.replica, b.sequence);
    }
  };
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace kvsim::engine
