#include "sim/engine/replica.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.hpp"

namespace kvsim::engine {
namespace {

// Bounds the memory of a BlockWalk. A run may be split anywhere.
constexpr std::int64_t kMostSteps = 65'536;

constexpr std::int64_t kLookahead = 8;  // in the queue

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
          engine.scheduler_reserve_full_isl,
          engine.scheduling_policy == spec::SchedulingPolicy::Priority,
          static_cast<std::int64_t>(engine.watermark * static_cast<double>(budget.num_gpu_blocks))};
}

}  // namespace

Replica::Replica(ReplicaId id, const spec::EngineSpec& engine, const spec::HbmBudget& budget,
                 memory::PagePlan plan, std::shared_ptr<const cost::StepPricer> pricer,
                 Stepper stepper)
    : id_(id),
      engine_(engine),
      max_model_len_(budget.max_model_len),
      pricer_(std::move(pricer)),
      limits_(limits_of(engine, budget)),
      padding_(engine),
      kv_(std::move(plan), budget.usable_blocks),
      waiting_(engine.scheduling_policy),
      lags_(engine.async_scheduling),
      stepper_(stepper),
      free_blocks_only_fall_(keeps_all_blocks(kv_.plan())),
      may_pack_(stepper == Stepper::Macro && !limits_.by_priority && free_blocks_only_fall_ &&
                attends_to_everything(*pricer_) && !pricer_->depends_on_longest()),
      pack_(kv_.plan()),
      prices_(pricer_),
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

bool Replica::submit(const Incoming& request) {
  const SlotId slot = take_slot();
  states_[slot.value()] = {request.prompt_tokens, 0, {}, {request.priority, arrivals_++}};
  Life& life = lives_[slot.value()];
  life.request = request;
  life.output_tokens = 0;
  life.preemptions = 0;
  life.first_scheduled.reset();
  life.is_ghost = false;
  const bool may_be_head = waiting() == 0 || limits_.by_priority;
  if (lags_) {
    inbox_.push_back(slot);
  } else {
    waiting_.add(slot, states_[slot.value()]);
  }
  if (busy_ && may_be_head && run_.steps > 1 && !is_full()) {
    run_.cut(request.arrival, lags_ ? 1 : 0);
    const SimTime planned = ends_;
    ends_ = run_.end();
    return ends_ != planned;
  }
  return false;
}

void Replica::begin_step(SimTime now) {
  KVSIM_CHECK(can_begin(), "a step begins while another runs, or with nothing to do");
  book_wasted_step(now);
  preempted_.clear();
  wasted_ = outstanding() == 0;
  if (lags_) {
    decide_behind(now);
  } else {
    decide_something(now);
  }
  apply_decision(now);
  seats_taken_ = running();
  free_blocks_ = kv_.free_blocks();
  KVSIM_CHECK(batch_.sampled_tokens > 0, "the scheduler runs nobody although somebody waits");
  run_.begin = now;
  run_.steps = 1;
  if (wasted_) {
    waste_step();
  } else {
    price();
  }
  ledger_.usage.set(now, kv_.used_blocks());
  if (stepper_ == Stepper::Macro) {
    run_.steps = steps_alike();
  }
  ends_ = run_.end();
  busy_ = true;
  ++begun_;
}

void Replica::describe_step(spec::ScheduledStep& step) const {
  KVSIM_CHECK(busy_ && stepper_ == Stepper::Step, "only single steps in progress are described");
  const auto id_of = [&](SlotId slot) { return lives_[slot.value()].request.id; };
  step = {id_, begun_ - 1, run_.begin, {}, {}, free_blocks_, seats_taken_, waiting()};
  for (const auto* part : {&decision_.running, &decision_.admitted}) {
    for (const auto& [slot, tokens] : *part) {
      step.scheduled.push_back({id_of(slot), tokens});
    }
  }
  for (const SlotId slot : preempted_) {
    step.preempted.push_back(id_of(slot));
  }
}

// The plain stepper prices every step by itself.
void Replica::price() {
  if (stepper_ == Stepper::Macro) {
    steps_valid_ = prices_.quote(batch_, run_.times);
    return;
  }
  const cost::StepCost cost = pricer_->price(batch_);
  ledger_.add_step(cost);
  run_.times = {cost.time.first, cost.time.per_step};
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
  if (!pack_.empty()) {
    kv_.give(pack_blocks_, pack_.blocks_taken(0));
  }
  for (const SlotId slot : pack_ghosts_) {
    sched::RequestState& state = states_[slot.value()];
    kv_.extend(state.holding, state.computed, state.tokens);
  }
  if (running_.empty() && (waiting_.empty() || has_preempted_)) {
    decision_.clear();
    return;
  }
  const std::int64_t ahead = pack_.size() + static_cast<std::int64_t>(pack_ghosts_.size());
  sched::Limits limits = limits_;
  if (has_preempted_) {  // then nobody is admitted
    limits.max_num_seqs = ahead + static_cast<std::int64_t>(running_.size());
  }
  sched::VllmPolicy(limits).decide(
      {states_, running_, waiting_, kv_, ahead, pack_.size() + tokens_of_pack_ghosts()}, decision_);
}

// The conditions of decode_run.hpp, cheapest first.
std::int64_t Replica::steps_alike() {
  const std::int64_t priced = std::min(steps_valid_, kMostSteps);
  const bool mixed = !pack_.empty() && !running_.empty();
  if (priced == 1 || wasted_ || ghosts() > 0 || mixed ||
      decision_.running.size() != running_.size() || !decision_.admitted.empty() ||
      !preempted_.empty() || !head_stays_blocked()) {
    return 1;
  }
  const std::int64_t steps = std::min(priced, tokens_until_a_finish());
  return steps == 1 ? 1 : affordable_steps(steps);
}

// Of the first to finish; 1 when somebody is still in prefill.
std::int64_t Replica::tokens_until_a_finish() const {
  std::int64_t fewest = pack_.empty() ? kMostSteps : pack_.steps_until_a_finish();
  for (const auto& [slot, tokens] : decision_.running) {
    const sched::RequestState& state = states_[slot.value()];
    if (tokens != 1 || state.computed + 1 != state.tokens) {
      return 1;
    }
    const Life& life = lives_[slot.value()];
    fewest = std::min(fewest, life.request.output_tokens - life.output_tokens);
  }
  return fewest;
}

bool Replica::is_full() const {
  return running() >= limits_.max_num_seqs || running() >= limits_.max_num_batched_tokens;
}

bool Replica::head_stays_blocked() const {
  const bool has_successors = !waiting_.empty() && !limits_.by_priority;
  return is_full() ||
         ((inbox_.empty() || has_successors) && (waiting_.empty() || free_blocks_only_fall_));
}

std::int64_t Replica::affordable_steps(std::int64_t wanted) {
  if (most_blocks_taken(kv_.plan(), running(), wanted) <= kv_.free_blocks()) {
    return wanted;
  }
  if (!pack_.empty()) {
    return pack_.affordable_steps(wanted, kv_.free_blocks());
  }
  walk_.begin(wanted);
  for (const SlotId slot : running_) {
    walk_.add(kv_.plan(), states_[slot.value()].computed);
  }
  return walk_.affordable_steps(kv_.free_blocks());
}

void Replica::carry_out_preemptions() {
  for (const SlotId slot : decision_.preempted) {
    preempt(slot);
  }
}

void Replica::apply_decision(SimTime now) {
  carry_out_preemptions();
  model::clear(batch_, pricer_->graph().spans);
  batch_.decode_sequences = batch_.sampled_tokens = pack_.size();
  batch_.spans[0].decode_context = pack_.context();
  batch_.spans[0].decode_growing = pack_.size();
  for (const SlotId slot : pack_ghosts_) {
    if (states_[slot.value()].tokens > states_[slot.value()].computed) {
      model::add_decode(batch_, pricer_->graph().spans, states_[slot.value()].tokens);
    }
  }
  for (const sched::Scheduled& scheduled : decision_.running) {
    schedule(scheduled, now);
  }
  for (const sched::Scheduled& scheduled : decision_.admitted) {
    waiting_.pop();
    fetch_soon(kLookahead);
    running_.push_back(scheduled.slot);
    lives_[scheduled.slot.value()].seat = seats_given_++;
    schedule(scheduled, now);
  }
  const std::int64_t tokens = batch_.decode_sequences + batch_.prefill_tokens;
  batch_.padded_tokens = padding_.rows(tokens);
  ledger_.computed_tokens += wasted_ ? 0 : tokens;
  ledger_.max_running = std::max(ledger_.max_running, batch_.sampled_tokens);
}

// In an overload the queue is longer than the caches are large.
void Replica::fetch_soon(std::int64_t place) const {
  if (const SlotId* slot = waiting_.in_order(place)) {
    __builtin_prefetch(&states_[slot->value()]);
    __builtin_prefetch(&lives_[slot->value()]);
  }
}

void Replica::preempt(SlotId slot) {
  const auto at = std::find(running_.rbegin(), running_.rend(), slot);
  KVSIM_CHECK(at == running_.rbegin() || limits_.by_priority, "only the youngest is preempted");
  running_.erase(std::next(at).base());
  preempted_.push_back(slot);
  if (lives_[slot.value()].is_ghost) {  // it has ended meanwhile, so nobody notices
    --ghosts_in_running_;
    give_back(slot);
    return;
  }
  waiting_.put_back(slot, states_[slot.value()]);
  kv_.release(states_[slot.value()].holding);
  states_[slot.value()].computed = 0;
  ++lives_[slot.value()].preemptions;
  ++ledger_.preemptions;
}

// One token is a decode step to the attention kernels, whatever it stands for; more are a chunk.
void Replica::schedule(const sched::Scheduled& scheduled, SimTime now) {
  sched::RequestState& state = states_[scheduled.slot.value()];
  const std::int64_t attended = state.computed + scheduled.tokens;
  kv_.extend(state.holding, state.computed, attended);
  Life& life = lives_[scheduled.slot.value()];
  if (!life.first_scheduled) {
    life.first_scheduled = now;
  }
  const std::vector<model::Span>& spans = pricer_->graph().spans;
  if (scheduled.tokens == 1) {
    model::add_decode(batch_, spans, attended);
  } else {
    model::add_prefill(batch_, spans, state.computed, scheduled.tokens);
  }
}

void Replica::end_step(SimTime now, std::vector<spec::RequestRecord>& done) {
  KVSIM_CHECK(ends() == now, "a step ends that never began, or at another time");
  busy_ = false;
  known_until_ = run_.boundary(run_.steps - 1);
  if (wasted_) {
    return;
  }
  hand_out_tokens(run_.boundary(1));
  if (stepper_ == Stepper::Macro) {
    prices_.book(run_.steps, ledger_);
  }
  if (run_.steps > 1) {
    take_following_steps();
  }
  pack_.advance(run_.steps);
  const bool had_ghosts = ghosts() > 0;
  const std::size_t before = done.size();
  release_ghosts();
  retire_finished(now, done);
  if (outstanding() == 0 && tokens_of_ghosts() == 0) {
    release_ghosts();
  }
  if (had_ghosts || done.size() > before) {
    ledger_.usage.set(now, kv_.used_blocks());
  }
  if (may_pack_) {
    fill_pack(now);
  }
}

void Replica::hand_out_tokens(SimTime now) {
  ledger_.itl.add(now - run_.begin, pack_.size());
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

// Everybody got a token at the end of the first step, so from there on all gaps are step times.
void Replica::take_following_steps() {
  const std::int64_t steps = run_.steps - 1;
  ledger_.computed_tokens += running() * steps;
  ledger_.itl.add_series(run_.times.after(1), steps, running());
  book_usage(steps);
  for (const SlotId slot : running_) {
    sched::RequestState& state = states_[slot.value()];
    state.tokens += steps;
    state.computed += steps;
    kv_.extend(state.holding, state.computed - 1, state.computed);
    lives_[slot.value()].output_tokens += steps;
    lives_[slot.value()].last_token = ends_;
  }
}

void Replica::book_usage(std::int64_t steps) {
  if (!pack_.empty()) {
    const Climb climb = pack_.climb(steps);
    ledger_.usage.climb(run_.begin, run_.times, steps, climb, pack_);
    kv_.give(pack_blocks_, climb.blocks);
    return;
  }
  walk_.begin(steps + 1);
  for (const SlotId slot : running_) {
    walk_.add(kv_.plan(), states_[slot.value()].computed - 1);
  }
  std::int64_t used = kv_.used_blocks();
  for (std::int64_t step = 1; step <= steps; ++step) {
    const std::int64_t change = walk_.change(step);
    if (change != 0) {
      used += change;
      ledger_.usage.set(run_.boundary(step), used);
    }
  }
}

void Replica::retire_finished(SimTime now, std::vector<spec::RequestRecord>& done) {
  pack_.take_finished(leaving_);
  for (const DecodePack::Member& member : leaving_) {
    settle(member, now);
    done.push_back(record_of(member.slot, now));
    if (lags_) {
      become_ghost(member.slot);
      pack_ghosts_.push_back(member.slot);
    } else {
      give_back(member.slot);
    }
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

// Those that have all their tokens: for good, or as ghosts.
void Replica::leave_running() {
  for (const SlotId slot : running_) {
    if (!finished(slot)) {
      continue;
    }
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
  return record;
}

void Replica::give_back(SlotId slot) {
  kv_.release(states_[slot.value()].holding);
  free_slots_.push_back(slot);
}

void Replica::close(SimTime end) {
  prices_.flush(ledger_);
  book_wasted_step(end);
  ledger_.usage.set(end, kv_.used_blocks());
}

}  // namespace kvsim::engine
