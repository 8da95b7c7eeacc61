// Turns of conversations that have not arrived yet, the earliest on top; at one instant the one
// that was asked first.
#pragma once

#include <queue>
#include <vector>

#include "sim/engine/replica.hpp"

namespace kvsim::cluster {

struct FollowUp {
  engine::Incoming request;
  ReplicaId before;  ///< had the turn before it
};

class FollowUps {
 public:
  /// When the next one arrives; never() if there is none.
  [[nodiscard]] SimTime next() const {
    return turns_.empty() ? SimTime::never() : turns_.top().request.arrival;
  }
  void add(FollowUp turn) { turns_.push(std::move(turn)); }
  /// Requires: next() is not never().
  FollowUp take() {
    FollowUp turn = turns_.top();
    turns_.pop();
    return turn;
  }

 private:
  struct Later {
    bool operator()(const FollowUp& a, const FollowUp& b) const {
      return a.request.arrival != b.request.arrival ? a.request.arrival > b.request.arrival
                                                    : a.request.id > b.request.id;
    }
  };
  std::priority_queue<FollowUp, std::vector<FollowUp>, Later> turns_;
};

}  // namespace kvsim::cluster
