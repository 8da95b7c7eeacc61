#include <gtest/gtest.h>

#include "sim/engine/event_queue.hpp"
#include "sim/engine/usage_clock.hpp"

namespace kvsim::engine {
namespace {

SimTime at(int seconds) { return SimTime(Duration(seconds * kAttosecondsPerSecond)); }

TEST(EventQueue, OrdersByTimeThenClassThenPlanning) {
  EventQueue queue;
  queue.plan(at(2), EventClass::StepEnd, ReplicaId(0));
  queue.plan(at(1), EventClass::Schedule, ReplicaId(1));
  queue.plan(at(1), EventClass::Arrival, ReplicaId(2));
  queue.plan(at(1), EventClass::Arrival, ReplicaId(3));
  queue.plan(at(1), EventClass::StepEnd, ReplicaId(4));
  std::vector<int> order;
  while (!queue.empty()) {
    order.push_back(queue.take().replica.value());
  }
  EXPECT_EQ(order, (std::vector<int>{4, 2, 3, 1, 0}));
}

// 10 blocks: empty for 1 s, 4 in use for 2 s, 10 for 1 s: mean (0 + 8 + 10) / 4 / 10 = 0.45.
TEST(UsageClock, IntegratesOverTime) {
  UsageClock clock(10);
  clock.set(at(1), 4);
  clock.set(at(3), 10);
  clock.set(at(4), 0);
  EXPECT_DOUBLE_EQ(clock.mean(), 0.45);
  EXPECT_DOUBLE_EQ(clock.max(), 1);
  EXPECT_DOUBLE_EQ(clock.percentile(50), 0.4);
  EXPECT_DOUBLE_EQ(clock.percentile(99), 1);
}

TEST(UsageClock, MergingIsAddingTheTimes) {
  UsageClock a(10);
  a.set(at(2), 10);
  UsageClock b(10);
  b.set(at(1), 10);
  b.set(at(2), 0);
  a.merge(b);  // empty for 2 s + 1 s, full for 1 s
  EXPECT_DOUBLE_EQ(a.mean(), 0.25);
}

}  // namespace
}  // namespace kvsim::engine
