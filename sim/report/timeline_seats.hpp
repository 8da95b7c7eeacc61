// Who sits where: the running requests of one replica, dealt out to the slots of its batch.
//
// A request takes the lowest free slot when it is scheduled, and leaves it when it has its last
// token or is preempted; scheduled again, it may sit elsewhere. So no two sit in one slot at once,
// and there are never more slots than max_num_seqs. (With asynchronous scheduling an engine keeps
// the seat of a request that has just ended for one more step; here it is free at once.)
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "sim/spec/scheduled_step.hpp"

namespace kvsim::report {

/// From being scheduled to leaving the batch.
struct Visit {
  std::int64_t slot = 0;
  SimTime begin;
  SimTime token = SimTime::never();  ///< the first one that came in this visit
  SimTime end = SimTime::never();
  bool first_ever = true;  ///< no token had come before it
  bool preempted = false;  ///< that is how it ended
};

class TimelineSeats {
 public:
  void take(const spec::ScheduledStep& step);
  /// The visits of a request that has finished at `now`; none if it was never seen.
  [[nodiscard]] std::vector<Visit> leave(RequestId id, SimTime now);

 private:
  [[nodiscard]] std::int64_t lowest_free_slot();
  void preempt(RequestId id, SimTime now);

  std::unordered_map<std::int64_t, std::vector<Visit>> visits_;  ///< by id, until it has finished
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> free_slots_;
  std::int64_t slots_ = 0;
};

}  // namespace kvsim::report
