#include "sim/engine/replica.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/sched/vllm_policy.hpp"

namespace kvsim::engine {
namespace {

sched::Limits limits_of(const spec::EngineSpec& engine) {
  return {engine.max_num_seqs.value(), engine.max_num_batched_tokens.value(),
          engine.long_prefill_token_threshold, engine.enable_chunked_prefill};
}

}  // namespace

Replica::Replica(ReplicaId id, const spec::EngineSpec& engine, const spec::HbmBudget& budget,
                 memory::PagePlan plan, std::shared_ptr<const cost::StepPricer> pricer)
    : id_(id),
      engine_(engine),
      max_model_len_(budget.max_model_len),
      pricer_(std::move(pricer)),
      policy_(std::make_unique<sched::VllmPolicy>(limits_of(engine))),
      kv_(std::move(plan), budget.usable_blocks),
      ledger_(kv_.usable_blocks()) {}

std::optional<std::string> Replica::refusal(const Incoming& request) const {
  const std::int64_t longest = request.prompt_tokens + request.max_tokens;
  if (longest > max_model_len_) {
    return fmt::format("request {}: {} prompt + {} max_tokens exceed max_model_len {}",
                       request.id.value(), request.prompt_tokens, request.max_tokens,
                       max_model_len_);
  }
  const std::int64_t blocks =
      memory::most_blocks(kv_.plan(), longest, *engine_.max_num_batched_tokens);
  if (blocks > kv_.usable_blocks()) {
    return fmt::format("request {}: {} tokens need {} KV blocks of a pool of {}",
                       request.id.value(), longest, blocks, kv_.usable_blocks());
  }
  return std::nullopt;
}

SlotId Replica::take_slot() {
  if (free_slots_.empty()) {
    free_slots_.emplace_back(static_cast<std::uint32_t>(states_.size()));
    states_.emplace_back();
    lives_.emplace_back();
  }
  const SlotId slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

void Replica::submit(const Incoming& request) {
  const SlotId slot = take_slot();
  states_[slot.value()] = {request.prompt_tokens, 0, {}};
  lives_[slot.value()] = {};
  lives_[slot.value()].request = request;
  waiting_.push_back(slot);
}

SimTime Replica::begin_step(SimTime now) {
  KVSIM_CHECK(can_begin(), "a step begins while another runs, or with nothing to do");
  policy_->decide({states_, running_, waiting_, kv_}, decision_);
  const model::BatchShape batch = apply_decision(now);
  KVSIM_CHECK(batch.sampled_tokens > 0, "the scheduler runs nobody although somebody waits");
  const cost::StepCost cost = pricer_->price(batch);
  ledger_.add_step(cost);
  ledger_.usage.set(now, kv_.used_blocks());
  busy_ = true;
  return now + Duration(cost.time.first);
}

model::BatchShape Replica::apply_decision(SimTime now) {
  for (const SlotId slot : decision_.preempted) {
    preempt(slot);
  }
  model::BatchShape batch;
  for (const sched::Scheduled& scheduled : decision_.running) {
    schedule(scheduled, now, batch);
  }
  for (const sched::Scheduled& scheduled : decision_.admitted) {
    waiting_.pop_front();
    running_.push_back(scheduled.slot);
    schedule(scheduled, now, batch);
  }
  const std::int64_t tokens = batch.decode_sequences + batch.prefill_tokens;
  batch.padded_tokens = spec::padded_rows(engine_, tokens);
  ledger_.computed_tokens += tokens;
  ledger_.max_running = std::max(ledger_.max_running, batch.sampled_tokens);
  return batch;
}

void Replica::preempt(SlotId slot) {
  KVSIM_CHECK(running_.back() == slot, "only the youngest running request is preempted");
  running_.pop_back();
  waiting_.push_front(slot);
  kv_.release(states_[slot.value()].holding);
  states_[slot.value()].computed = 0;
  ++lives_[slot.value()].preemptions;
  ++ledger_.preemptions;
}

// One token is a decode step to the attention kernels, whatever it stands for; more are a chunk.
void Replica::schedule(const sched::Scheduled& scheduled, SimTime now, model::BatchShape& batch) {
  sched::RequestState& state = states_[scheduled.slot.value()];
  const std::int64_t attended = state.computed + scheduled.tokens;
  kv_.extend(state.holding, state.computed, attended);
  Life& life = lives_[scheduled.slot.value()];
  if (!life.first_scheduled) {
    life.first_scheduled = now;
  }
  const std::vector<model::Span>& spans = pricer_->graph().spans;
  if (scheduled.tokens == 1) {
    model::add_decode(batch, spans, attended);
  } else {
    model::add_prefill(batch, spans, state.computed, scheduled.tokens);
  }
}

void Replica::end_step(SimTime now, std::vector<spec::RequestRecord>& done) {
  KVSIM_CHECK(busy_, "a step ends that never began");
  busy_ = false;
  const std::size_t before = done.size();
  for (const auto* part : {&decision_.running, &decision_.admitted}) {
    for (const auto& [slot, tokens] : *part) {
      sched::RequestState& state = states_[slot.value()];
      state.computed += tokens;
      if (state.computed == state.tokens) {
        receive_token(slot, now);
      }
      if (finished(slot)) {
        done.push_back(retire(slot, now));
      }
    }
  }
  if (done.size() > before) {
    std::erase_if(running_, [&](SlotId slot) { return finished(slot); });
    ledger_.usage.set(now, kv_.used_blocks());
  }
}

void Replica::receive_token(SlotId slot, SimTime now) {
  Life& life = lives_[slot.value()];
  if (life.output_tokens == 0) {
    life.first_token = now;
  } else {
    ledger_.itl.add(now - life.last_token);
  }
  life.last_token = now;
  ++life.output_tokens;
  ++states_[slot.value()].tokens;
}

bool Replica::finished(SlotId slot) const {
  const Life& life = lives_[slot.value()];
  return life.output_tokens == life.request.output_tokens;
}

spec::RequestRecord Replica::retire(SlotId slot, SimTime now) {
  const Life& life = lives_[slot.value()];
  spec::RequestRecord record;
  record.id = life.request.id;
  record.replica = id_;
  record.arrival = life.request.arrival;
  record.prompt_tokens = life.request.prompt_tokens;
  record.output_tokens = life.output_tokens;
  record.queue = *life.first_scheduled - life.request.arrival;
  record.ttft = life.first_token - life.request.arrival;
  record.e2el = now - life.request.arrival;
  if (life.output_tokens > 1) {
    record.tpot =
        Duration(round_div((record.e2el - record.ttft).attoseconds(), life.output_tokens - 1));
  }
  record.preemptions = life.preemptions;
  kv_.release(states_[slot.value()].holding);
  free_slots_.push_back(slot);
  return record;
}

}  // namespace kvsim::engine
