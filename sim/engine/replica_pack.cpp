// Replica: the oldest requests, decoding, as sums (decode_pack.hpp).
#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/engine/replica.hpp"

namespace kvsim::engine {
// Members of the pack are the oldest. As the policy would, they preempt the youngest, one after the
// other, until those that are left find their blocks: who is left needs them all, so the order in
// which they ask does not matter. Requires: no ghosts among them.
void Replica::preempt_for_pack(SimTime now) {
  while (!pack_.empty() && pack_.blocks_taken(0) > kv_.free_blocks()) {
    if (running_.empty()) {
      const DecodePack::Member youngest = pack_.take_youngest();
      settle(youngest, now);
      running_.push_back(youngest.slot);
    }
    preempt(running_.back());
    has_preempted_ = true;
  }
  KVSIM_CHECK(!pack_.empty() || pack_blocks_.blocks == 0, "an empty pack holds KV blocks");
}

// Those at the head of the list that have just received a token, up to the first that has not.
void Replica::fill_pack(SimTime now) {
  auto next = running_.begin();
  for (; next != running_.end(); ++next) {
    const sched::RequestState& state = states_[next->value()];
    const Life& life = lives_[next->value()];
    if (state.computed + 1 != state.tokens || life.last_token != now || life.is_ghost) {
      break;
    }
    pack_.join(*next, state.computed, life.request.output_tokens - life.output_tokens);
  }
  running_.erase(running_.begin(), next);
}

// Writes down what the pack knows of a member at `now`, the end of a step.
void Replica::settle(const DecodePack::Member& member, SimTime now) {
  sched::RequestState& state = states_[member.slot.value()];
  const std::int64_t steps = pack_.computed(member) - state.computed;
  if (steps == 0) {
    return;
  }
  state.computed += steps;
  state.tokens += steps;
  lives_[member.slot.value()].output_tokens += steps;
  lives_[member.slot.value()].last_token = now;
  memory::KvManager::move(pack_blocks_, state.holding,
                          kv_.missing_blocks(state.holding, state.computed - 1, state.computed));
}

// Back into the list of running requests, in the order in which they were admitted.
void Replica::dissolve_pack(SimTime now) {
  leaving_.clear();
  while (!pack_.empty()) {
    leaving_.push_back(pack_.take_youngest());
  }
  std::vector<SlotId> front = std::move(pack_ghosts_);
  pack_ghosts_.clear();
  ghosts_in_running_ += static_cast<std::int64_t>(front.size());
  for (const DecodePack::Member& member : leaving_) {
    settle(member, now);
    front.push_back(member.slot);
  }
  std::sort(front.begin(), front.end(),
            [&](SlotId a, SlotId b) { return lives_[a.value()].seat < lives_[b.value()].seat; });
  running_.insert(running_.begin(), front.begin(), front.end());
  KVSIM_CHECK(pack_blocks_.blocks == 0, "the pack holds KV blocks that no member has taken");
}
}  // namespace kvsim::engine
