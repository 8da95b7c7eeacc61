#include "sim/engine/agenda.hpp"

#include <algorithm>
#include <bit>

namespace kvsim::engine {

Agenda::Agenda(std::int64_t replicas)
    : ends_(std::bit_ceil(static_cast<std::size_t>(replicas)), SimTime::never()),
      winners_(2 * ends_.size()) {
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    winners_[ends_.size() + i] = i;
  }
  for (std::size_t i = ends_.size() - 1; i > 0; --i) {
    winners_[i] = winners_[2 * i];
  }
}

void Agenda::plan_schedule(ReplicaId replica) {
  if (std::find(to_schedule_.begin(), to_schedule_.end(), replica) == to_schedule_.end()) {
    to_schedule_.push_back(replica);
  }
}

ReplicaId Agenda::take_lowest() {
  const auto lowest = std::min_element(to_schedule_.begin(), to_schedule_.end());
  const ReplicaId replica = *lowest;
  to_schedule_.erase(lowest);
  return replica;
}

}  // namespace kvsim::engine
