// Who runs in the next step: a question about a snapshot. Policies change nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/memory/kv_manager.hpp"
#include "sim/sched/request_state.hpp"
#include "sim/sched/waiting_queue.hpp"

namespace kvsim::sched {

struct Limits {
  std::int64_t max_num_seqs = 0;
  std::int64_t max_num_batched_tokens = 0;
  std::int64_t long_prefill_token_threshold = 0;  ///< 0: no limit
  bool chunked_prefill = true;
  bool mixed = true;                  ///< false: prompts run alone, before decoding goes on
  bool reserve_full_isl = false;      ///< a newcomer's whole sequence must fit, not its first chunk
  bool by_priority = false;           ///< who is preempted; the queue has an order of its own
  std::int64_t watermark_blocks = 0;  ///< left free by a newcomer while others run
};

/// The replica at a step boundary. `slots` is indexed by SlotId.
struct View {
  std::span<const RequestState> slots;
  const std::vector<SlotId>& running;  ///< in the order in which they were admitted
  const WaitingQueue& waiting;
  const memory::KvManager& kv;
  /// Running sequences before all of `running` that hold the blocks they need, and how many of them
  /// compute a token.
  std::int64_t ahead = 0;
  std::int64_t tokens_ahead = 0;
};

struct Scheduled {
  SlotId slot;
  std::int64_t tokens = 0;  ///< to compute in this step
};

/// To be carried out in this order: preempt, keep, admit.
struct Decision {
  std::vector<SlotId> preempted;    ///< of `running`, in the order in which they have to go
  std::vector<Scheduled> running;   ///< those that compute something, in order
  std::vector<Scheduled> admitted;  ///< from the head of `waiting`, in order
  bool head_lacks_blocks = false;   ///< why the next of `waiting` was not admitted
  void clear();
};

class Policy {
 public:
  virtual ~Policy() = default;
  /// Fills `decision` (its memory is reused).
  virtual void decide(const View& view, Decision& decision) const = 0;
};

}  // namespace kvsim::sched
