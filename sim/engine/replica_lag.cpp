// Replica: what asynchronous scheduling knows a step late (replica.hpp).
#include <algorithm>

#include "sim/engine/replica.hpp"

namespace kvsim::engine {

bool Replica::computes_something() const {
  return pack_.size() + pack_ghosts_.tokens > 0 || !decision_.running.empty() ||
         !decision_.admitted.empty();
}

// Those whom the decision that is due knows of. An engine at rest notices at once.
void Replica::let_in_known(SimTime now) {
  let_in(lags_ ? known_until_ : now);
  if (running() == 0 && waiting_.empty()) {
    let_in(now);
  }
}

// An engine at rest notices at once; so does one that has nothing to compute behind the step in
// progress: it waits for its results, among them the ends of those that it foresaw.
void Replica::decide_behind(SimTime now) {
  let_in(known_until_);
  if (running() > 0 || !waiting_.empty()) {
    decide(now);
    if (computes_something()) {
      return;
    }
    carry_out_preemptions();
    release_ghosts();
  }
  let_in(now);
  decide_something(now);
}

bool Replica::is_foreseen(SlotId slot) const {
  const Incoming& request = lives_[slot.value()].request;
  return request.end_is_foreseen || request.prompt_tokens + request.output_tokens >= max_model_len_;
}

// Tokens that exist are what the scheduler believes in: one more than computed, or none.
void Replica::become_ghost(SlotId slot) {
  lives_[slot.value()].is_ghost = true;
  if (is_foreseen(slot)) {
    states_[slot.value()].tokens = states_[slot.value()].computed;
  }
}

void Replica::keep_beside_pack(SlotId ghost) {
  const sched::RequestState& state = states_[ghost.value()];
  pack_ghosts_.slots.push_back(ghost);
  if (state.tokens > state.computed) {
    ++pack_ghosts_.tokens;
    pack_ghosts_.context += state.tokens;
    pack_ghosts_.blocks += kv_.missing_blocks(state.holding, state.computed, state.tokens);
  }
}

std::int64_t Replica::tokens_of_ghosts() const {
  return pack_ghosts_.tokens + std::count_if(running_.begin(), running_.end(), [&](SlotId slot) {
           return lives_[slot.value()].is_ghost &&
                  states_[slot.value()].tokens > states_[slot.value()].computed;
         });
}

void Replica::release_pack_ghosts() {
  for (const SlotId slot : pack_ghosts_.slots) {
    give_back(slot);
  }
  pack_ghosts_.slots.clear();
  pack_ghosts_.tokens = pack_ghosts_.context = pack_ghosts_.blocks = 0;
}

void Replica::release_ghosts() {
  if (!pack_ghosts_.empty()) {
    release_pack_ghosts();
  }
  if (ghosts_in_running_ > 0) {
    std::erase_if(running_, [&](SlotId slot) {
      if (lives_[slot.value()].is_ghost) {
        give_back(slot);
        return true;
      }
      return false;
    });
    ghosts_in_running_ = 0;
  }
}

// Nobody waits for this step. Its ghosts are gone as soon as it is under way, so that it is nothing
// but a time in which the GPU cannot begin another. It counts if it ends before the run does.
void Replica::waste_step() {
  owed_ = true;
  owed_tokens_ = batch_.decode_sequences;
  release_ghosts();
}

void Replica::book_wasted_step(SimTime until) {
  if (owed_ && ends_ <= until) {
    book_prices();
    ledger_.computed_tokens += owed_tokens_;
  }
  owed_ = false;
}

}  // namespace kvsim::engine
