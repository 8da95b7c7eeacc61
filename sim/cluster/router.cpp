#include "sim/cluster/router.hpp"

#include <algorithm>

namespace kvsim::cluster {

std::size_t RequestRouter::choose(const std::vector<engine::Replica>& replicas) {
  switch (rule_) {
    case spec::Router::RoundRobin: {
      const std::size_t chosen = turn_;
      turn_ = chosen + 1 < replicas.size() ? chosen + 1 : 0;
      return chosen;
    }
    case spec::Router::LeastOutstanding:
      break;
  }
  const auto least = std::min_element(
      replicas.begin(), replicas.end(),
      [](const auto& a, const auto& b) { return a.outstanding() < b.outstanding(); });
  return static_cast<std::size_t>(least - replicas.begin());
}

}  // namespace kvsim::cluster
