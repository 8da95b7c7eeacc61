// Requests that wait, the next one first: in order of arrival, or by priority and then arrival
// (vllm/v1/core/sched/request_queue.py: a deque, or a heap of (priority, arrival_time)).
//
// First come first served pays nothing for the other: preempted requests are put back at the head,
// all others at the tail.
#pragma once

#include <compare>
#include <cstdint>
#include <set>

#include "sim/base/ids.hpp"
#include "sim/base/ring.hpp"
#include "sim/sched/request_state.hpp"
#include "sim/spec/engine.hpp"

namespace kvsim::sched {

class WaitingQueue {
 public:
  explicit WaitingQueue(spec::SchedulingPolicy policy = spec::SchedulingPolicy::Fcfs)
      : by_priority_(policy == spec::SchedulingPolicy::Priority) {}

  [[nodiscard]] bool empty() const { return in_order_.empty() && ranked_.empty(); }
  [[nodiscard]] std::int64_t size() const {  // one of them is always empty
    return in_order_.size() + static_cast<std::int64_t>(ranked_.size());
  }
  void add(SlotId slot, const RequestState& state) {
    if (by_priority_) {
      ranked_.insert({state.rank, slot});
    } else {
      in_order_.push_back(slot);
    }
  }
  void put_back(SlotId slot, const RequestState& state) {
    if (by_priority_) {
      ranked_.insert({state.rank, slot});
    } else {
      in_order_.push_front(slot);
    }
  }
  void pop() {
    if (by_priority_) {
      ranked_.erase(ranked_.begin());
    } else {
      in_order_.pop_front();
    }
  }
  /// Requires: not empty.
  [[nodiscard]] SlotId head() const {
    return by_priority_ ? ranked_.begin()->slot : in_order_.front();
  }
  /// Behind the head. Requires: first come first served, two at least.
  [[nodiscard]] SlotId second() const { return in_order_[1]; }
  /// Shows them, the next one first, as long as `visit(slot)` answers true.
  template <class Visit>
  void show_while(Visit&& visit) const {
    if (by_priority_) {
      for (auto each = ranked_.begin(); each != ranked_.end() && visit(each->slot); ++each) {
      }
    } else {
      for (std::int64_t i = 0; i < in_order_.size() && visit(in_order_[i]); ++i) {
      }
    }
  }

 private:
  struct Entry {
    Rank rank;
    SlotId slot;
    friend bool operator<(const Entry& a, const Entry& b) { return a.rank < b.rank; }
  };
  bool by_priority_;
  Ring<SlotId> in_order_;
  std::set<Entry> ranked_;
};

}  // namespace kvsim::sched
