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
  weight_bytes += cost.weight_bytes;
  kv_bytes += cost.kv_bytes.first;
  ++steps;
}

void Ledger::merge(const Ledger& other) {
  add(time_in, other.time_in);
  add(time_by_provenance, other.time_by_provenance);
  add(time_by_card, other.time_by_card);
  weight_bytes += other.weight_bytes;
  kv_bytes += other.kv_bytes;
  steps += other.steps;
  computed_tokens += other.computed_tokens;
  preemptions += other.preemptions;
  max_running = std::max(max_running, other.max_running);
  itl.merge(other.itl);
  usage.merge(other.usage);
}

}  // namespace kvsim::engine
