// Replica: one newcomer computes its whole prompt beside the pack.
//
// Most requests begin like this. Everything about such a step is known beforehand: the pack
// decodes, one request has a chunk that is all it lacks, nobody is preempted. So policy, batch and
// lists have nothing to say; any other step goes the long way (begin_with_all).
#include <algorithm>

#include "sim/engine/replica.hpp"

namespace kvsim::engine {

bool Replica::begin_with_newcomer(SimTime now, std::int64_t pack_blocks) {
  has_newcomer_ = find_newcomer(now, pack_blocks);
  if (!has_newcomer_) {
    return false;
  }
  const std::int64_t prompt = states_[newcomer_.value()].tokens;
  const std::int64_t sequences = pack_.size() + pack_ghosts_.tokens;
  const std::optional<Int128> time = prices_.quote_with_prompt(
      sequences, pack_.context() + pack_ghosts_.context, prompt, padding_.rows(sequences + prompt));
  if (!time) {
    has_newcomer_ = false;
    return false;
  }
  wasted_ = false;
  run_.times = {*time, 0};
  take_blocks_for_pack(pack_blocks);
  admit(newcomer_, now);
  ledger_.computed_tokens += sequences + prompt;
  ledger_.add_prompts(*time, prompt, sequences);
  ledger_.max_running = std::max(ledger_.max_running, sequences + 1);
  return true;
}

// Whom the policy would let in with its whole prompt, if it is one alone.
bool Replica::find_newcomer(SimTime now, std::int64_t pack_blocks) {
  if (!may_pack_ || !running_.empty() || pack_.empty() != (running() == 0) ||
      pack_blocks > kv_.free_blocks()) {
    return false;
  }
  let_in_known(now);
  if (waiting_.empty()) {
    return false;
  }
  const std::int64_t free = kv_.free_blocks() - pack_blocks;
  newcomer_ = waiting_.head();
  const sched::RequestState& state = states_[newcomer_.value()];
  const bool is_chunk = state.tokens > 1 && state.content == nullptr;
  return is_chunk &&
         policy_.admits_whole(state.tokens, kv_, free, running(),
                              pack_.size() + pack_ghosts_.tokens) &&
         next_is_kept_out(free - kv_.missing_blocks({}, 0, state.tokens));
}

// Whoever waits behind the head would have to fit into what the head leaves free.
bool Replica::next_is_kept_out(std::int64_t free) const {
  if (waiting_.size() == 1) {
    return true;
  }
  const sched::RequestState& next = states_[waiting_.second().value()];
  return next.content == nullptr && policy_.keeps_out(next.tokens, kv_, free);
}

void Replica::admit(SlotId slot, SimTime now) {
  waiting_.pop();
  --queued_;
  running_.push_back(slot);
  lives_[slot.value()].seat = seats_given_++;
  sched::RequestState& state = states_[slot.value()];
  kv_.extend(state.holding, 0, state.tokens);
  note_first_schedule(slot, now);
}

void Replica::end_with_newcomer(SimTime now, std::vector<spec::RequestRecord>& done) {
  prices_.book(1, ledger_);
  take_steps_of_pack();
  sched::RequestState& state = states_[newcomer_.value()];
  state.computed = state.tokens;
  receive_token(newcomer_, now);
  if (finished(newcomer_)) {
    retire(now, done);
    return;
  }
  take_samples(now);
  release_pack_ghosts();
  if (pack_.somebody_has_finished()) {
    retire_from_pack(now, done);
  }
  running_.clear();
  join_pack(newcomer_);
}

}  // namespace kvsim::engine
