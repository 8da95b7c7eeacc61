// Who gets the next request.
//
//   round_robin        one after the other
//   random             any, each as likely
//   power_of_two       of two drawn at random the one with fewer outstanding requests
//   least_outstanding  the one with the fewest outstanding requests
//   session            a later turn of a conversation: where the turn before it went; any other
//                      request: least_outstanding
//
// Ties go to the lowest replica, of power_of_two to the one drawn first. Draws of request i are
// item i of the stream "router": two of them, the first of which is the one of `random`.
//
// A choice costs O(log replicas) at most.
#pragma once

#include <optional>
#include <vector>

#include "sim/base/rng.hpp"
#include "sim/cluster/least_of.hpp"
#include "sim/engine/replica.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cluster {

class RequestRouter {
 public:
  RequestRouter(const spec::ClusterSpec& cluster, std::uint64_t seed);

  /// Index of the chosen replica for a request that arrives now; `before` is where the turn before
  /// it went, if it is one of a conversation. Requires: the router was told of all changes.
  [[nodiscard]] std::size_t choose(const std::vector<engine::Replica>& replicas,
                                   const engine::Incoming& request,
                                   std::optional<ReplicaId> before);

  /// `replica` got a request, or answers have ended.
  void outstanding_changed(const engine::Replica& replica);

 private:
  [[nodiscard]] std::size_t take_turn();
  [[nodiscard]] std::size_t draw(RequestId request) const;
  [[nodiscard]] std::size_t better_of_two(const std::vector<engine::Replica>& replicas,
                                          RequestId request) const;
  [[nodiscard]] std::size_t least_loaded(const std::vector<engine::Replica>& replicas) const;

  spec::Router rule_;
  std::size_t count_;
  std::size_t turn_ = 0;
  Rng stream_;
  LeastOf<std::int64_t> loads_;  ///< outstanding requests
};

}  // namespace kvsim::cluster
