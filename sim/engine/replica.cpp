#include "sim/engine/replica.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.hpp"

namespace kvsim::engine {
namespace {

bool attends_to_everything(const cost::StepPricer& pricer) {
  const std::vector<model::Span>& spans = pricer.graph().spans;
  return std::all_of(spans.begin(), spans.end(),
                     [](const model::Span& span) { return span.kind == model::SpanKind::Full; });
}

// vLLM counts its null block into the share (kv_cache_manager.py: int(watermark * num_blocks)).
sched::Limits limits_of(const spec::EngineSpec& engine, const spec::HbmBudget& budget) {
  return {engine.max_num_seqs.value(),
          engine.max_num_batched_tokens.value(),
          engine.long_prefill_token_threshold,
          engine.enable_chunked_prefill,
          engine.enable_mixed_chunk,
          engine.scheduler_reserve_full_isl,
          engine.scheduling_policy == spec::SchedulingPolicy::Priority,
          static_cast<std::int64_t>(engine.watermark * static_cast<double>(budget.num_gpu_blocks))};
}

}  // namespace

Replica::Replica(ReplicaId id, const spec::EngineSpec& engine, const spec::HbmBudget& budget,
                 const memory::PagePlan& plan, std::shared_ptr<PriceList> prices, Stepper stepper)
    : id_(id),
      engine_(engine),
      max_model_len_(budget.max_model_len),
      pricer_(&prices->pricer()),
      limits_(limits_of(engine, budget)),
      policy_(limits_),
      padding_(engine),
      kv_(plan, budget.usable_blocks, memory::prefix_caching(engine, plan)),
      waiting_(engine.scheduling_policy),
      lags_(engine.async_scheduling),
      stepper_(stepper),
      free_blocks_only_fall_(keeps_all_blocks(kv_.plan())),
      may_pack_(stepper == Stepper::Macro && !limits_.by_priority && limits_.mixed &&
                free_blocks_only_fall_ && attends_to_everything(*pricer_) &&
                !pricer_->depends_on_longest()),
      pack_(kv_.plan()),
      prices_(std::move(prices)),
      ledger_(kv_.usable_blocks()) {}

std::optional<std::string> Replica::refusal(const Incoming& request) const {
  const std::int64_t longest = request.prompt_tokens + request.max_tokens;
  if (longest > max_model_len_) {
    return fmt::format("request {}: {} prompt + {} max_tokens exceed max_model_len {}",
                       request.id.value(), request.prompt_tokens, request.max_tokens,
                       max_model_len_);
  }
  const std::int64_t blocks = kv_.most(longest, *engine_.max_num_batched_tokens);
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

bool Replica::submit(Incoming&& request) {
  const bool may_be_head = waiting() == 0 || limits_.by_priority;
  const SimTime arrival = request.arrival;
  inbox_.push_back(std::move(request));
  ++queued_;
  if (busy_ && may_be_head && run_.steps > 1 && !is_full()) {
    run_.cut(arrival, lags_ ? 1 : 0);
    const SimTime planned = ends_;
    ends_ = run_.end();
    return ends_ != planned;
  }
  return false;
}

bool Replica::begin_step(SimTime now) {
  KVSIM_CHECK(can_begin(), "a step begins while another runs, or with nothing to do");
  take_samples(now);
  run_.begin = now;
  run_.steps = 1;
  const std::int64_t pack_blocks = blocks_of_pack();
  pack_alone_ = begin_pack_alone(pack_blocks);
  busy_ = pack_alone_ || begin_with_others(now, pack_blocks);
  note_usage(now);
  if (busy_) {
    ends_ = run_.end();
  }
  return busy_;
}

bool Replica::begin_with_others(SimTime now, std::int64_t pack_blocks) {
  book_wasted_step(now);
  return begin_with_newcomer(now, pack_blocks) || begin_with_all(now);
}

bool Replica::begin_with_all(SimTime now) {
  preempted_.clear();
  wasted_ = outstanding() == 0;
  if (lags_) {
    decide_behind(now);
  } else {
    let_in(now);
    decide_something(now);
  }
  if (wasted_ && !computes_something()) {  // the last ghost was preempted
    return false;
  }
  ++begun_;
  apply_decision(now);
  seats_taken_ = running();
  free_blocks_ = kv_.free_blocks();
  KVSIM_CHECK(batch_.sampled_tokens > 0, "the scheduler runs nobody although somebody waits");
  price();
  if (wasted_) {
    waste_step();
  }
  if (stepper_ == Stepper::Macro) {
    run_.steps = steps_alike();
  }
  return true;
}

void Replica::describe_step(spec::ScheduledStep& step) const {
  KVSIM_CHECK(busy_ && stepper_ == Stepper::Step, "only single steps in progress are described");
  step.replica = id_;
  step.step = begun_ - 1;
  step.begin = run_.begin;
  step.scheduled.clear();
  for (const auto* part : {&decision_.running, &decision_.admitted}) {
    for (const auto& [slot, tokens] : *part) {
      const Life& life = lives_[slot.value()];
      const sched::RequestState& state = states_[slot.value()];
      const bool yields = !life.is_ghost && state.computed + tokens == state.tokens;
      step.scheduled.push_back({life.request.id, tokens, yields, life.is_ghost});
    }
  }
  step.preempted = preempted_;
  step.free_blocks = free_blocks_;
  step.running = seats_taken_;
  step.waiting = waiting();
  step.used_blocks = kv_.usable_blocks() - free_blocks_;
  step.duration = ends_ - run_.begin;
  step.hbm_bytes_read = cost_.weight_bytes + static_cast<std::int64_t>(cost_.kv_bytes.first);
}

// The plain stepper prices every step by itself.
void Replica::price() {
  if (stepper_ == Stepper::Macro) {
    steps_valid_ = prices_.quote(batch_, run_.times);
    return;
  }
  cost_ = pricer_->price(batch_);
  run_.times = {cost_.time.first, cost_.time.per_step};
}

void Replica::book_prices() {
  if (stepper_ == Stepper::Macro) {
    prices_.book(run_.steps, ledger_);
  } else {
    ledger_.add_step(cost_);
  }
  if (batch_.prefill_tokens > 0) {
    ledger_.add_prompts(run_.times.first, batch_.prefill_tokens, batch_.decode_sequences);
  }
}

void Replica::end_step(SimTime now, std::vector<spec::RequestRecord>& done) {
  KVSIM_CHECK(busy_ && ends_ == now, "a step ends that never began, or at another time");
  busy_ = false;
  if (queued_ > 0) {  // who comes later is not known by the next decision
    known_until_ = now - run_.last_step();
  }
  if (pack_alone_) {
    end_pack_alone(now, done);
  } else if (has_newcomer_) {
    end_with_newcomer(now, done);
  } else if (!wasted_) {
    end_with_all(now, done);
  }
}

void Replica::end_with_all(SimTime now, std::vector<spec::RequestRecord>& done) {
  book_prices();
  take_steps_of_pack();
  hand_out_tokens(run_.boundary(1));
  if (run_.steps > 1 && !running_.empty()) {
    take_following_steps();
  }
  retire(now, done);
}

// Tokens have been handed out.
void Replica::retire(SimTime now, std::vector<spec::RequestRecord>& done) {
  take_samples(now);
  release_ghosts();
  retire_finished(now, done);
  if (outstanding() == 0 && tokens_of_ghosts() == 0) {
    release_ghosts();
  }
  note_usage_at_rest(now);
  if (may_pack_ && !running_.empty()) {
    fill_pack(now);
  }
}

void Replica::hand_out_tokens(SimTime now) {
  for (const auto* part : {&decision_.running, &decision_.admitted}) {
    for (const auto& [slot, tokens] : *part) {
      sched::RequestState& state = states_[slot.value()];
      state.computed += tokens;
      if (state.computed == state.tokens && !lives_[slot.value()].is_ghost) {
        receive_token(slot, now);
      }
    }
  }
}

void Replica::retire_finished(SimTime now, std::vector<spec::RequestRecord>& done) {
  if (pack_.somebody_has_finished()) {
    retire_from_pack(now, done);
  }
  const std::size_t from_pack = done.size();
  for (const SlotId slot : running_) {
    if (finished(slot)) {
      done.push_back(record_of(slot, now));
    }
  }
  if (done.size() > from_pack) {
    leave_running();
  }
}

void Replica::retire_from_pack(SimTime now, std::vector<spec::RequestRecord>& done) {
  pack_.take_finished(leaving_);
  for (const DecodePack::Member& member : leaving_) {
    settle(member, now);
    keep_answer(member.slot);
    done.push_back(record_of(member.slot, now));
    if (lags_) {
      become_ghost(member.slot);
      keep_beside_pack(member.slot);
    } else {
      give_back(member.slot);
    }
  }
}

// Those that have all their tokens: for good, or as ghosts.
void Replica::leave_running() {
  for (const SlotId slot : running_) {
    if (!finished(slot)) {
      continue;
    }
    keep_answer(slot);
    if (lags_) {
      become_ghost(slot);
      ++ghosts_in_running_;
    } else {
      give_back(slot);
    }
  }
  if (!lags_) {
    std::erase_if(running_, [&](SlotId slot) { return finished(slot); });
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
  return life.output_tokens == life.request.output_tokens && !life.is_ghost;
}

spec::RequestRecord Replica::record_of(SlotId slot, SimTime now) const {
  const Life& life = lives_[slot.value()];
  const Incoming& request = life.request;
  const Duration ttft = life.first_token - request.arrival;
  const Duration e2el = now - request.arrival;
  const Int128 gaps = (e2el - ttft).attoseconds();
  return {.id = request.id,
          .replica = id_,
          .arrival = request.arrival,
          .prompt_tokens = request.prompt_tokens,
          .output_tokens = life.output_tokens,
          .cached_tokens = life.cached_tokens,
          .queue = life.first_scheduled - request.arrival,
          .ttft = ttft,
          .tpot = Duration(life.output_tokens > 1 ? round_div(gaps, life.output_tokens - 1) : 0),
          .e2el = e2el,
          .preemptions = life.preemptions};
}

// The next turn of a conversation may ask for it.
void Replica::keep_answer(SlotId slot) {
  sched::RequestState& state = states_[slot.value()];
  if (state.content != nullptr && state.content->answer_returns) {
    kv_.keep(state.holding, state.content, state.computed);
  }
}

// What a ghost computes for nothing is not known to be a token when its block would be cached.
void Replica::give_back(SlotId slot) {
  sched::RequestState& state = states_[slot.value()];
  const Life& life = lives_[slot.value()];
  kv_.release(state.holding, life.request.prompt_tokens + life.output_tokens - 1);
  state.content.reset();
  free_slots_.push_back(slot);
}

void Replica::close(SimTime end) {
  book_wasted_step(end);
  prices_.flush(ledger_);
  take_samples(end);
  note_usage(end);
}

}  // namespace kvsim::engine
