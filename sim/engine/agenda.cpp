#include "sim/engine/agenda.hpp"

#include <algorithm>
#include <bit>
#include <functional>

namespace kvsim::engine {

Agenda::Agenda(std::int64_t replicas)
    : ends_(std::bit_ceil(static_cast<std::size_t>(replicas)), SimTime::never()),
      winners_(2 * ends_.size()),
      is_to_schedule_(ends_.size()) {
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    winners_[ends_.size() + i] = i;
  }
  for (std::size_t i = ends_.size() - 1; i > 0; --i) {
    winners_[i] = winners_[2 * i];
  }
}

void Agenda::plan_schedule(ReplicaId replica) {
  char& is_planned = is_to_schedule_[static_cast<std::size_t>(replica.value())];
  if (is_planned == 0) {
    is_planned = 1;
    to_schedule_.push_back(replica);
    std::push_heap(to_schedule_.begin(), to_schedule_.end(), std::greater());
  }
}

ReplicaId Agenda::take_lowest() {
  std::pop_heap(to_schedule_.begin(), to_schedule_.end(), std::greater());
  const ReplicaId replica = to_schedule_.back();
  to_schedule_.pop_back();
  is_to_schedule_[static_cast<std::size_t>(replica.value())] = 0;
  return replica;
}

}  // namespace kvsim::engine
