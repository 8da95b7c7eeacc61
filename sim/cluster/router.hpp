// Who gets the next request.
//
//   round_robin        one after the other
//   random             any, each as likely
//   power_of_two       of two drawn at random the one with fewer outstanding requests
//   least_outstanding  the one with the fewest outstanding requests
//   session            a later turn of a conversation: where the turn before it went; any other
//                      request: least_outstanding
//   least_kv           the one that reported the fewest KV blocks in use (kv_view.hpp), of equals
//                      the one with the fewest outstanding requests
//
// Ties go to the lowest replica, of power_of_two to the one drawn first. Draws of request i are
// item i of the stream "router": two of them, the first of which is the one of `random`.
//
// A choice costs O(log replicas) at most, except that least_kv looks at all replicas once for each
// report, which without a view_interval is once for each request.
#pragma once

#include <compare>
#include <optional>
#include <vector>

#include "sim/base/rng.hpp"
#include "sim/cluster/kv_view.hpp"
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

  /// A step of `replica` is about to begin or to end.
  void before_change(const engine::Replica& replica, SimTime now) {
    if (rule_ == spec::Router::LeastKv) {
      view_.before_change(replica, now);
    }
  }
  /// It got a request, or answers have ended.
  void outstanding_changed(const engine::Replica& replica) {
    if (count_ > 1) {  // one replica has no rival
      note_outstanding(replica);
    }
  }

 private:
  /// Compared from the first member on.
  struct Load {
    std::int64_t blocks = 0;  ///< as reported last; of no matter unless by least_kv
    std::int64_t outstanding = 0;
    friend auto operator<=>(const Load&, const Load&) = default;
  };

  void note_outstanding(const engine::Replica& replica);
  [[nodiscard]] std::size_t take_turn();
  [[nodiscard]] std::size_t draw(RequestId request) const;
  [[nodiscard]] std::size_t better_of_two(const std::vector<engine::Replica>& replicas,
                                          RequestId request) const;
  [[nodiscard]] std::size_t least_loaded(const std::vector<engine::Replica>& replicas) const;
  void look_at_reports(const std::vector<engine::Replica>& replicas, SimTime now);

  spec::Router rule_;
  std::size_t count_;
  std::size_t turn_ = 0;
  Rng stream_;
  KvView view_;
  std::optional<SimTime> seen_;  ///< the report that loads_ are as of
  LeastOf<Load> loads_;
};

}  // namespace kvsim::cluster
