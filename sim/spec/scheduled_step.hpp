// What the scheduler of one replica decided for one step: vLLM's SchedulerOutput in numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/sim_time.hpp"

namespace kvsim::spec {

struct ScheduledRequest {
  RequestId id;
  std::int64_t tokens = 0;    ///< to compute in this step
  bool yields_token = false;  ///< for its client, when the step ends
  bool is_ghost = false;      ///< it has all its tokens, which the scheduler did not know
};

struct ScheduledStep {
  ReplicaId replica;
  std::int64_t step = 0;  ///< of this replica, from 0
  SimTime begin;
  std::vector<ScheduledRequest> scheduled;  ///< in the order in which they were given tokens
  std::vector<RequestId> preempted;         ///< in the order in which they had to go; ghosts too
  std::int64_t free_blocks = 0;             ///< once all of the above hold their blocks
  std::int64_t running = 0;                 ///< sequences that hold a seat, scheduled or not
  std::int64_t waiting = 0;
  std::int64_t used_blocks = 0;     ///< the others
  Duration duration;                ///< the step ends at begin + duration
  std::int64_t hbm_bytes_read = 0;  ///< by one GPU of the replica
};

}  // namespace kvsim::spec
