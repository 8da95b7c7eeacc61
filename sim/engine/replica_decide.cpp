// Replica: who is in the next step, and what it computes.
#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/engine/replica.hpp"
#include "sim/sched/block_account.hpp"

namespace kvsim::engine {

// Those that had arrived by `until` come into view of the scheduler: by priority all of them, as
// each may be the first; else no more than there are seats for, so that a request that waits in a
// long queue takes little memory.
void Replica::let_in(SimTime until) {
  while (!inbox_.empty() && inbox_.front().arrival <= until &&
         (limits_.by_priority || waiting_.size() < limits_.max_num_seqs - running())) {
    const SlotId slot = take_slot();
    Life& life = lives_[slot.value()];
    life.request = std::move(inbox_.front());
    inbox_.drop_front();
    const Incoming& request = life.request;
    states_[slot.value()] = {
        request.prompt_tokens, 0, {}, {request.priority, arrivals_++}, request.prompt_tokens,
        request.content};
    life.output_tokens = 0;
    life.cached_tokens = 0;
    life.preemptions = 0;
    life.was_scheduled = false;
    life.is_ghost = false;
    waiting_.add(slot, states_[slot.value()]);
  }
}

// By priority the first in line may be the last in rank: it goes, nobody else is served, and vLLM
// schedules again at once.
void Replica::decide_something(SimTime now) {
  decide(now);
  while (!computes_something() && !decision_.preempted.empty()) {
    carry_out_preemptions();
    decide(now);
  }
}

// The pack and its ghosts come first and get what they need; the policy deals out what is left.
void Replica::decide(SimTime now) {
  has_preempted_ = false;
  if (blocks_of_pack() > kv_.free_blocks()) {
    if (pack_ghosts_.empty()) {
      preempt_for_pack(now);
    } else {
      dissolve_pack(now);
    }
  }
  take_blocks_for_pack(blocks_of_pack());
  if (running_.empty() && (waiting_.empty() || has_preempted_)) {
    decision_.clear();
    return;
  }
  const std::int64_t ahead = pack_.size() + pack_ghosts_.size();
  const sched::View view{states_, running_, waiting_,
                         kv_,     ahead,    pack_.size() + pack_ghosts_.tokens};
  if (has_preempted_) {  // then nobody is admitted
    sched::Limits limits = limits_;
    limits.max_num_seqs = ahead + static_cast<std::int64_t>(running_.size());
    ask(sched::VllmPolicy(limits), view);
  } else {
    ask(policy_, view);
  }
}

void Replica::ask(const sched::VllmPolicy& policy, const sched::View& view) {
  if (!kv_.caches_prefixes()) {
    policy.decide(view, decision_);
    return;
  }
  policy.decide_and_take(view, kv_, states_, decision_);
  blocked_ = {};
  if (decision_.head_lacks_blocks && decision_.admitted.empty()) {
    blocked_ = {waiting_.head(), kv_.changes(), kv_.free_blocks(), kv_.kept_blocks()};
  }
}

void Replica::take_blocks_for_ghosts() {
  for (const SlotId slot : pack_ghosts_.slots) {
    sched::RequestState& state = states_[slot.value()];
    kv_.extend(state.holding, state.computed, state.tokens);
  }
}

void Replica::carry_out_preemptions() {
  for (const SlotId slot : decision_.preempted) {
    preempt(slot);
  }
}

void Replica::apply_decision(SimTime now) {
  carry_out_preemptions();
  model::clear(batch_, pricer_->graph().spans);
  const std::int64_t ahead = pack_.size() + pack_ghosts_.tokens;
  batch_.decode_sequences = batch_.sampled_tokens = ahead;
  batch_.spans[0].decode_context = pack_.context() + pack_ghosts_.context;
  batch_.spans[0].decode_growing = ahead;
  for (const sched::Scheduled& scheduled : decision_.running) {
    schedule(scheduled, now);
  }
  queued_ -= static_cast<std::int64_t>(decision_.admitted.size());
  for (const sched::Scheduled& scheduled : decision_.admitted) {
    waiting_.pop();
    running_.push_back(scheduled.slot);
    lives_[scheduled.slot.value()].seat = seats_given_++;
    schedule(scheduled, now);
  }
  const std::int64_t tokens = batch_.decode_sequences + batch_.prefill_tokens;
  batch_.padded_tokens = padding_.rows(tokens);
  ledger_.computed_tokens += wasted_ ? 0 : tokens;
  ledger_.max_running = std::max(ledger_.max_running, batch_.sampled_tokens);
}

void Replica::preempt(SlotId slot) {
  const auto at = std::find(running_.rbegin(), running_.rend(), slot);
  KVSIM_CHECK(at == running_.rbegin() || limits_.by_priority, "only the youngest is preempted");
  running_.erase(std::next(at).base());
  preempted_.push_back(lives_[slot.value()].request.id);
  sched::preempt_blocks(kv_, states_[slot.value()]);
  if (lives_[slot.value()].is_ghost) {  // it has ended meanwhile, so nobody notices
    --ghosts_in_running_;
    give_back(slot);
    return;
  }
  waiting_.put_back(slot, states_[slot.value()]);
  ++queued_;
  states_[slot.value()].computed = 0;
  ++lives_[slot.value()].preemptions;
  ++ledger_.preemptions;
}

// For the first time, if it has not been before.
void Replica::note_first_schedule(SlotId slot, SimTime now) {
  const sched::RequestState& state = states_[slot.value()];
  Life& life = lives_[slot.value()];
  if (life.was_scheduled) {
    return;
  }
  life.was_scheduled = true;
  life.first_scheduled = now;
  life.cached_tokens = state.computed;
  ledger_.with_content += state.content == nullptr ? 0 : 1;
  ledger_.prefix_queries += state.tokens;
  ledger_.prefix_hits += state.computed;
  ledger_.prefix_query_blocks += kv_.begun_blocks(state.tokens);
  if (state.computed > 0) {
    ledger_.prefix_hit_blocks += state.computed / kv_.plan().groups.front().block_size;
  }
}

// One token is a decode step to the attention kernels, whatever it stands for; more are a chunk.
void Replica::schedule(const sched::Scheduled& scheduled, SimTime now) {
  sched::RequestState& state = states_[scheduled.slot.value()];
  const std::int64_t attended = state.computed + scheduled.tokens;
  kv_.extend(state.holding, state.computed, attended);
  note_first_schedule(scheduled.slot, now);
  const std::vector<model::Span>& spans = pricer_->graph().spans;
  if (scheduled.tokens == 1) {
    model::add_decode(batch_, spans, attended);
  } else {
    model::add_prefill(batch_, spans, state.computed, scheduled.tokens);
  }
}
}  // namespace kvsim::engine
