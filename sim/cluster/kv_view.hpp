// What a router knows of the replicas' KV blocks: what each of them reported last.
//
// Reports are made every `interval` of simulated time, at 0, interval, 2·interval, ..., and say how
// many blocks are in use just before that instant: what begins or ends at it is in the next one.
// No report is an event. Blocks change only where a step begins or ends, and between the two they
// have a closed form, so a report is worked out when it is asked for, or when its replica is about
// to change. Without an interval everybody reports whenever somebody asks.
#pragma once

#include <vector>

#include "sim/engine/replica.hpp"

namespace kvsim::cluster {

class KvView {
 public:
  KvView(Duration interval, std::size_t replicas);

  /// A step of `replica` is about to begin or to end.
  void before_change(const engine::Replica& replica, SimTime now);
  /// When the report was due that counts at `now`. Requires: now >= 0.
  [[nodiscard]] SimTime reported_at(SimTime now) const;
  /// Whether it has changed since the report that counts at `now` was due, so that the report says
  /// nothing of it any more. Never without an interval.
  [[nodiscard]] bool has_changed_since(const engine::Replica& replica, SimTime now) const;
  /// Everybody reports whenever somebody asks.
  [[nodiscard]] bool is_exact() const { return interval_ == Duration(); }
  /// Blocks in use according to that report. Requires: `now` never falls.
  [[nodiscard]] std::int64_t blocks(const engine::Replica& replica, SimTime now) const;

 private:
  struct Report {
    SimTime due;
    std::int64_t blocks = 0;
  };
  Duration interval_;
  std::vector<Report> kept_;  ///< by replica: the last that was due before its last change
};

}  // namespace kvsim::cluster
