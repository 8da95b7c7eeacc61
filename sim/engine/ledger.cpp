#include "sim/engine/ledger.hpp"

#include <algorithm>

namespace kvsim::engine {
namespace {

template <std::size_t N>
void add(std::array<Int128, N>& sums, const std::array<cost::Affine, N>& lines) {
  for (std::size_t i = 0; i < N; ++i) {
    sums[i] += lines[i].first;
  }
}

Int128 total(const cost::Affine& line, std::int64_t count, Int128 positions) {
  return line.first * count + line.per_step * positions;
}

template <std::size_t N>
void add_steps_to(std::array<Int128, N>& sums, const std::array<cost::Affine, N>& lines,
                  std::int64_t count, Int128 positions) {
  for (std::size_t i = 0; i < N; ++i) {
    sums[i] += total(lines[i], count, positions);
  }
}

template <std::size_t N>
void add(std::array<Int128, N>& sums, const std::array<Int128, N>& others) {
  for (std::size_t i = 0; i < N; ++i) {
    sums[i] += others[i];
  }
}

}  // namespace

void Ledger::add_step(const cost::StepCost& cost) {
  add(time_in, cost.in_bucket);
  add(time_by_provenance, cost.by_provenance);
  add(time_by_card, cost.by_card);
  time_truncated += cost.truncated.first;
  weight_bytes += cost.weight_bytes;
  kv_bytes += cost.kv_bytes.first;
  ++steps;
}

void Ledger::add_steps(const cost::StepCost& cost, std::int64_t count, Int128 positions) {
  add_part(cost, count, positions);
  steps += count;
}

void Ledger::add_part(const cost::StepCost& cost, std::int64_t count, Int128 positions) {
  add_steps_to(time_in, cost.in_bucket, count, positions);
  add_steps_to(time_by_provenance, cost.by_provenance, count, positions);
  add_steps_to(time_by_card, cost.by_card, count, positions);
  time_truncated += total(cost.truncated, count, positions);
  weight_bytes += static_cast<Int128>(cost.weight_bytes) * count;
  kv_bytes += total(cost.kv_bytes, count, positions);
}

void Ledger::add_share(const cost::OperatorShare& share, std::int64_t count, Int128 positions) {
  const Int128 time = total(share.time, count, positions);
  time_in[static_cast<std::size_t>(share.bucket)] += time;
  time_by_provenance[static_cast<std::size_t>(share.provenance)] += time;
  time_by_card[share.card] += time;
  time_truncated += share.truncated ? time : 0;
  weight_bytes += static_cast<Int128>(share.weight_bytes) * count;
  kv_bytes += total(share.kv_bytes, count, positions);
}

// In double: a step's time is known to some 1e-15 of itself, and the same in every stepper.
void Ledger::add_prompts(Int128 time, std::int64_t prompt_tokens, std::int64_t answer_tokens) {
  if (answer_tokens == 0) {
    prompt_time += time;
    return;
  }
  const double share =
      static_cast<double>(prompt_tokens) / static_cast<double>(prompt_tokens + answer_tokens);
  if (time <= kNarrow) {  // the same without calls
    const double in_double = static_cast<double>(static_cast<std::int64_t>(time));
    prompt_time += static_cast<std::int64_t>(in_double * share);
  } else {
    prompt_time += static_cast<Int128>(static_cast<double>(time) * share);
  }
}

void Ledger::merge(const Ledger& other) {
  add(time_in, other.time_in);
  add(time_by_provenance, other.time_by_provenance);
  add(time_by_card, other.time_by_card);
  prompt_time += other.prompt_time;
  time_truncated += other.time_truncated;
  weight_bytes += other.weight_bytes;
  kv_bytes += other.kv_bytes;
  steps += other.steps;
  computed_tokens += other.computed_tokens;
  preemptions += other.preemptions;
  with_content += other.with_content;
  prefix_queries += other.prefix_queries;
  prefix_query_blocks += other.prefix_query_blocks;
  prefix_hit_blocks += other.prefix_hit_blocks;
  prefix_hits += other.prefix_hits;
  max_running = std::max(max_running, other.max_running);
  itl.merge(other.itl);
  usage.merge(other.usage);
  series.merge(other.series);
}

}  // namespace kvsim::engine
