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

// Somebody who waits, is known, and may find a seat and blocks if the pack takes `blocks` before:
// the policy has to be asked.
bool Replica::has_candidate(std::int64_t blocks) const {
  if (queued_ == 0 || running() >= limits_.max_num_seqs) {
    return false;
  }
  if (!waiting_.empty()) {
    return !head_is_kept_out(blocks);
  }
  const SimTime known_until = lags_ ? known_until_ : run_.begin;
  return inbox_.front().arrival <= known_until;
}

bool Replica::head_is_kept_out(std::int64_t blocks) const {
  const sched::RequestState& head = states_[waiting_.head().value()];
  const std::int64_t free = kv_.free_blocks() - blocks;
  if (head.content == nullptr) {
    return policy_.keeps_out(head.tokens, kv_, free);
  }
  return blocked_.head == waiting_.head() && blocked_.changes == kv_.changes() &&
         free <= blocked_.free_blocks &&
         (limits_.reserve_full_isl || kv_.kept_after(blocks) == blocked_.kept_blocks);
}

// A head that would find blocks which nobody holds needs them free beside its first chunk. If
// `blocks` are taken it may find less of them, and its first chunk then fits: it computes them
// anew, piece by piece. Not where all of it has to fit at once.
bool Replica::head_may_shrink(std::int64_t blocks) const {
  return !limits_.reserve_full_isl && !waiting_.empty() &&
         states_[waiting_.head().value()].content != nullptr &&
         kv_.kept_after(blocks) < kv_.kept_blocks();
}

// Nearly all steps: the pack decodes, its ghosts do for the last time, nobody else takes part. All
// of them took part in the step before, so max_running stands.
bool Replica::begin_pack_alone(std::int64_t blocks) {
  if (pack_.empty() || !running_.empty() || blocks > kv_.free_blocks() || has_candidate(blocks)) {
    return false;
  }
  const std::int64_t sequences = pack_.size() + pack_ghosts_.tokens;
  const std::int64_t context = pack_.context() + pack_ghosts_.context;
  steady_ = prices_.steady(sequences, context, padding_);
  if (steady_ == nullptr) {
    return false;
  }
  take_blocks_for_pack(blocks);
  ledger_.computed_tokens += sequences;
  steady_context_ = context;
  run_.times.first = steady_->time(context);
  run_.times.step = steady_->slope * sequences;
  if (pack_ghosts_.empty()) {
    run_.steps = steps_of_pack(steady_->until - context);
  }
  return true;
}

// Who arrives from now on ends the run (submit), who waits already does if it comes to be known.
// Prices hold for `tokens` more of context.
std::int64_t Replica::steps_of_pack(std::int64_t tokens) const {
  if (!inbox_.empty() && waiting_.empty() && !is_full()) {
    return 1;
  }
  std::int64_t steps = std::min(kMostSteps, pack_.steps_until_a_finish());
  if (steps * pack_.size() > tokens) {
    steps = (tokens - 1) / pack_.size() + 1;
  }
  const std::int64_t free = kv_.free_blocks();
  if (!waiting_.empty() && !is_full() && head_may_shrink(pack_.takes_at_most(steps))) {
    return 1;
  }
  return steps == 1 || pack_.takes_at_most(steps - 1) <= free ? steps
                                                              : pack_.affordable_steps(steps, free);
}

void Replica::end_pack_alone(SimTime now, std::vector<spec::RequestRecord>& done) {
  steady_->book(run_.steps, steady_context_, pack_.size());
  take_steps_of_pack();
  take_samples(now);
  bool gives_back = !pack_ghosts_.empty();
  if (gives_back) {
    release_pack_ghosts();
  }
  if (pack_.somebody_has_finished()) {
    retire_from_pack(now, done);
    if (outstanding() == 0 && pack_ghosts_.tokens == 0) {
      release_ghosts();
    }
    gives_back = true;
  }
  if (gives_back) {
    note_usage_at_rest(now);
  }
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
    join_pack(*next);
  }
  running_.erase(running_.begin(), next);
}

void Replica::join_pack(SlotId slot) {
  const Life& life = lives_[slot.value()];
  pack_.join(slot, states_[slot.value()].computed, life.request.output_tokens - life.output_tokens);
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
  std::vector<SlotId> front = pack_ghosts_.slots;
  ghosts_in_running_ += pack_ghosts_.size();
  pack_ghosts_ = {};
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
