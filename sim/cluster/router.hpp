// Who gets the next request.
//
//   round_robin        one after the other
//   random             any, each as likely
//   power_of_two       of two drawn at random the one with fewer outstanding requests
//   least_outstanding  the one with the fewest outstanding requests
//   session            a later turn of a conversation: where the turn before it went; any other
//                      request: least_outstanding
//   least_kv           the one that reported the least share of its KV blocks in use
//                      (kv_view.hpp), of equals the one with the fewest outstanding requests
//   prefix_aware       the one that was sent the longest beginning of the prompt
//                      (routed_prefixes.hpp), if that is prefix_match_threshold of the prompt or
//                      more and loads are balanced, else least_outstanding. Of several that were
//                      sent it, the one of two drawn at random with fewer outstanding requests.
//                      Loads are balanced unless the most and the fewest outstanding requests
//                      differ by more than balance_abs_threshold and the most are more than
//                      balance_rel_threshold times the fewest (SGLang's sgl-router,
//                      cache_aware.rs; its threshold must be exceeded).
//
// Nobody gets requests before it is ready. Ties go to the lowest replica, of power_of_two to the
// one drawn first. Draws of request i are item i of the stream "router": two of them, the first of
// which is the one of `random`.
//
// A choice costs O(log replicas) at most, of prefix_aware and the stretches of the prompt, but for
// least_kv. That looks at those replicas that have begun or ended a step since the last report it
// knows. What it saw of the others is a lower bound, as long as blocks only rise while a step or
// run is in progress, so it goes on to look at the least until the least is as of the report that
// counts. Where sequences give blocks back while they decode (windows, chunks) it looks at all
// replicas once for each report, which without a view_interval is once for each request.
#pragma once

#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "sim/base/rng.hpp"
#include "sim/cluster/kv_view.hpp"
#include "sim/cluster/least_of.hpp"
#include "sim/cluster/routed_prefixes.hpp"
#include "sim/engine/replica.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cluster {

/// What a router knows of a replica beforehand.
struct RoutedReplica {
  SimTime ready;               ///< takes requests from then on
  std::int64_t kv_tokens = 0;  ///< that its KV cache holds
  std::int64_t kv_blocks = 1;  ///< usable
};

class RequestRouter {
 public:
  /// Requires: replicas are numbered in the order in which they get ready.
  RequestRouter(const spec::ClusterSpec& cluster, std::uint64_t seed,
                std::vector<RoutedReplica> replicas);

  /// Index of the chosen replica for a request that is dealt out now; `before` is where the turn
  /// before it went, if it is one of a conversation. Requires: the router was told of all changes,
  /// somebody is ready.
  [[nodiscard]] std::size_t choose(const std::vector<engine::Replica>& replicas,
                                   const engine::Incoming& request, std::optional<ReplicaId> before,
                                   SimTime now);

  /// A step of `replica` is about to begin or to end.
  void before_change(const engine::Replica& replica, SimTime now) {
    if (rule_ == spec::Router::LeastKv) {
      view_.before_change(replica, now);
      note_change(static_cast<std::size_t>(replica.id().value()));
    }
  }
  /// It got a request, or answers have ended.
  void outstanding_changed(const engine::Replica& replica) {
    if (count_ > 1) {  // one replica has no rival
      note_outstanding(replica);
    }
  }

 private:
  struct Load {
    bool absent = true;       ///< not ready
    std::int64_t blocks = 0;  ///< when last looked at; of no matter unless by least_kv
    std::int64_t usable = 1;  ///< of so many
    std::int64_t outstanding = 0;
    friend bool operator<(const Load& a, const Load& b) {
      const std::int64_t share = a.blocks * b.usable;
      const std::int64_t other = b.blocks * a.usable;
      return std::tie(a.absent, share, a.outstanding) < std::tie(b.absent, other, b.outstanding);
    }
  };

  void admit_ready(SimTime now);
  [[nodiscard]] Load load(std::int64_t blocks, const engine::Replica& replica) const;
  void note_outstanding(const engine::Replica& replica);
  [[nodiscard]] std::size_t take_turn();
  [[nodiscard]] std::size_t draw(RequestId request) const;
  [[nodiscard]] std::size_t better_of_two(const std::vector<engine::Replica>& replicas,
                                          RequestId request) const;
  [[nodiscard]] std::size_t least_loaded(const std::vector<engine::Replica>& replicas) const;
  void look_at_reports(const std::vector<engine::Replica>& replicas, SimTime now);
  void look_at_all(const std::vector<engine::Replica>& replicas, SimTime now);
  void look_at_changed(const std::vector<engine::Replica>& replicas, SimTime now);
  void look(const engine::Replica& replica, SimTime now);
  void note_change(std::size_t index) {
    if (has_changed_[index] == 0) {
      has_changed_[index] = 1;
      changed_.push_back(index);
    }
  }
  [[nodiscard]] std::optional<std::size_t> who_has_prefix(
      const std::vector<engine::Replica>& replicas, const engine::Incoming& request) const;
  [[nodiscard]] bool is_balanced() const;
  [[nodiscard]] std::size_t less_busy(const std::vector<engine::Replica>& replicas,
                                      std::span<const std::size_t> candidates,
                                      RequestId request) const;

  spec::ClusterSpec cluster_;
  spec::Router rule_;
  std::vector<RoutedReplica> replicas_;
  std::size_t count_;
  std::size_t ready_ = 0;  ///< the first so many are
  std::size_t turn_ = 0;
  Rng stream_;
  KvView view_;
  SimTime report_ = SimTime::never();  ///< that counted when somebody was looked at last
  std::vector<SimTime> seen_;  ///< by replica: the report that its blocks in loads_ are as of
  std::vector<std::size_t> changed_;  ///< since report_: loads_ do not bound what they report next
  std::vector<char> has_changed_;     ///< by replica
  LeastOf<Load> loads_;
  std::optional<RoutedPrefixes> prefixes_;        ///< prefix_aware alone
  std::optional<LeastOf<std::int64_t>> busiest_;  ///< the same: outstanding requests, negative
};

}  // namespace kvsim::cluster
