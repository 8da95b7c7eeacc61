// Replica: what asynchronous scheduling knows a step late (replica.hpp).
#include <algorithm>

#include "sim/engine/replica.hpp"

namespace kvsim::engine {

void Replica::let_in(SimTime until) {
  while (!inbox_.empty() && lives_[inbox_.front().value()].request.arrival <= until) {
    waiting_.add(inbox_.front(), states_[inbox_.front().value()]);
    inbox_.pop_front();
  }
}

bool Replica::computes_something() const {
  return pack_.size() + tokens_of_pack_ghosts() > 0 || !decision_.running.empty() ||
         !decision_.admitted.empty();
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

std::int64_t Replica::tokens_of_pack_ghosts() const {
  return std::count_if(pack_ghosts_.begin(), pack_ghosts_.end(), [&](SlotId slot) {
    return states_[slot.value()].tokens > states_[slot.value()].computed;
  });
}

std::int64_t Replica::tokens_of_ghosts() const {
  return tokens_of_pack_ghosts() +
         std::count_if(running_.begin(), running_.end(), [&](SlotId slot) {
           return lives_[slot.value()].is_ghost &&
                  states_[slot.value()].tokens > states_[slot.value()].computed;
         });
}

// What the pack and its ghosts need before the next step.
std::int64_t Replica::blocks_of_pack() const {
  std::int64_t blocks = pack_.empty() ? 0 : pack_.blocks_taken(0);
  for (const SlotId slot : pack_ghosts_) {
    const sched::RequestState& state = states_[slot.value()];
    blocks += kv_.missing_blocks(state.holding, state.computed, state.tokens);
  }
  return blocks;
}

void Replica::release_ghosts() {
  for (const SlotId slot : pack_ghosts_) {
    give_back(slot);
  }
  pack_ghosts_.clear();
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
  owed_ = pricer_->price(batch_);
  owed_tokens_ = batch_.decode_sequences;
  run_.times = {owed_->time.first, owed_->time.per_step};
  release_ghosts();
}

void Replica::book_wasted_step(SimTime until) {
  if (owed_ && ends_ <= until) {
    ledger_.add_step(*owed_);
    ledger_.computed_tokens += owed_tokens_;
  }
  owed_.reset();
}

}  // namespace kvsim::engine
