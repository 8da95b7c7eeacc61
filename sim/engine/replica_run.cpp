// Replica: how many steps like the first may be taken at once (decode_run.hpp), and what they did.
#include <algorithm>
#include <ranges>

#include "sim/engine/replica.hpp"

namespace kvsim::engine {

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
  return running() >= limits_.max_num_seqs ||
         (limits_.mixed && running() >= limits_.max_num_batched_tokens);
}

bool Replica::head_stays_blocked() const {
  const bool has_successors = !waiting_.empty() && !limits_.by_priority;
  return is_full() || (!head_may_shrink(kv_.free_blocks()) && (inbox_.empty() || has_successors) &&
                       (waiting_.empty() || free_blocks_only_fall_));
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

// Behind its first step.
void Replica::take_blocks_of_run() {
  ledger_.computed_tokens += pack_.size() * (run_.steps - 1);
  if (ledger_.series.next() <= ends_) {
    take_samples_of_pack();
  }
  const Climb climb = pack_.climb(run_.steps - 1);
  if (climb.blocks > 0) {
    ledger_.usage.climb(run_.begin, run_.times, climb, pack_);
    kv_.give(pack_blocks_, climb.blocks);
  }
}

// Samples that fall into the run of a pack: blocks taken at a boundary before them are in use.
void Replica::take_samples_of_pack() {
  while (ledger_.series.next() <= ends_) {
    const Int128 since = (ledger_.series.next() - run_.begin).attoseconds();
    const std::int64_t behind = run_.times.terms_to_reach(since, run_.steps) - 1;
    const std::int64_t taken = behind == 0 ? 0 : pack_.climb(behind).blocks;
    take_sample(kv_.used_blocks() + taken, kv_.kept_after(taken));
  }
}

// Blocks are taken as steps begin: a boundary before `time` has seen the next step begin.
std::int64_t Replica::blocks_in_use_before(SimTime time) const {
  if (!busy_ || run_.steps == 1) {
    return kv_.used_blocks();
  }
  const Int128 since = (time - run_.begin).attoseconds();
  return kv_.used_blocks() + blocks_taken_in_run(run_.times.terms_to_reach(since, run_.steps) - 1);
}

// Less those given back, by the `steps` behind the first of the run in progress.
std::int64_t Replica::blocks_taken_in_run(std::int64_t steps) const {
  if (steps == 0) {
    return 0;
  }
  if (!pack_.empty()) {
    return pack_.climb(steps).blocks;
  }
  BlockWalk walk;
  walk.begin(steps + 1);
  for (const SlotId slot : running_) {
    walk.add(kv_.plan(), states_[slot.value()].computed);
  }
  std::int64_t blocks = 0;
  for (std::int64_t step = 1; step <= steps; ++step) {
    blocks += walk.change(step);
  }
  return blocks;
}

void Replica::take_samples(SimTime until, std::int64_t used, std::int64_t kept) {
  while (ledger_.series.next() <= until) {
    take_sample(used, kept);
  }
}

// Seats change hands where steps begin and end, and samples are taken before; only arrivals come in
// between.
void Replica::take_sample(std::int64_t used, std::int64_t kept) {
  ledger_.series.take(
      {used, kept, running(), waiting_before(ledger_.series.next()), ledger_.preemptions});
}

// Those who arrived since the last step began are in the inbox, in the order in which they came.
std::int64_t Replica::waiting_before(SimTime time) const {
  const auto places = std::views::iota(std::int64_t{0}, inbox_.size());
  const auto first_later = std::ranges::partition_point(
      places, [&](std::int64_t place) { return inbox_[place].arrival < time; });
  return waiting_.size() + static_cast<std::int64_t>(first_later - places.begin());
}

// The same without a pack. Everybody got a token at the end of the first step, so from there on all
// gaps are step times.
void Replica::take_following_steps() {
  const std::int64_t steps = run_.steps - 1;
  ledger_.computed_tokens += running() * steps;
  ledger_.itl.add_series(run_.times.after(1), steps, ends_ - run_.boundary(1), running());
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
  walk_.begin(steps + 1);
  for (const SlotId slot : running_) {
    walk_.add(kv_.plan(), states_[slot.value()].computed - 1);
  }
  std::int64_t used = kv_.used_blocks();
  for (std::int64_t step = 1; step <= steps; ++step) {
    const std::int64_t change = walk_.change(step);
    if (change != 0) {
      const SimTime boundary = run_.boundary(step);
      if (ledger_.series.next() <= boundary) {
        take_samples(boundary, used, kv_.kept_after(used - kv_.used_blocks()));
      }
      used += change;
      ledger_.usage.set(boundary, used);
    }
  }
}
}  // namespace kvsim::engine
