// Turns of conversations that have not arrived yet, the earliest on top; at one instant the one
// that was asked first.
#pragma once

#include <queue>
#include <vector>

#include "sim/engine/replica.hpp"

namespace kvsim::cluster {

class FollowUps {
 public:
  /// When the next one arrives; never() if there is none.
  [[nodiscard]] SimTime next() const {
    return turns_.empty() ? SimTime::never() : turns_.top().arrival;
  }
  void add(engine::Incoming turn) { turns_.push(std::move(turn)); }
  /// Requires: next() is not never().
  engine::Incoming take() {
    engine::Incoming turn = turns_.top();
    turns_.pop();
    return turn;
  }

 private:
  struct Later {
    bool operator()(const engine::Incoming& a, const engine::Incoming& b) const {
      return a.arrival != b.arrival ? a.arrival > b.arrival : a.id > b.id;
    }
  };
  std::priority_queue<engine::Incoming, std::vector<engine::Incoming>, Later> turns_;
};

}  // namespace kvsim::cluster
