#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/engine/agenda.hpp"
#include "sim/engine/usage_clock.hpp"

namespace kvsim::engine {
namespace {

SimTime at(int seconds) { return SimTime(Duration(seconds * kAttosecondsPerSecond)); }

// Two replicas' steps end at 1 s and somebody arrives then; at the end of that instant the lower
// replica is scheduled first. Another step ends at 2 s.
TEST(Agenda, OrdersByTimeThenClassThenReplica) {
  Agenda agenda(3);
  agenda.plan_arrival(at(1));
  agenda.plan_step_end(ReplicaId(2), at(1));
  agenda.plan_step_end(ReplicaId(1), at(1));
  agenda.plan_step_end(ReplicaId(0), at(2));
  std::vector<std::pair<EventClass, int>> order;
  while (const std::optional<Event> event = agenda.next()) {
    order.emplace_back(event->event_class, event->replica.value());
    if (event->event_class == EventClass::Arrival) {
      agenda.plan_arrival(SimTime::never());
      agenda.plan_schedule(ReplicaId(2));
      agenda.plan_schedule(ReplicaId(1));
      agenda.plan_schedule(ReplicaId(2));  // once is enough
    }
  }
  const std::vector<std::pair<EventClass, int>> expected = {
      {EventClass::StepEnd, 1},  {EventClass::StepEnd, 2},  {EventClass::Arrival, 0},
      {EventClass::Schedule, 1}, {EventClass::Schedule, 2}, {EventClass::StepEnd, 0}};
  EXPECT_EQ(order, expected);
}

// What an arrival does to a run in progress: it ends earlier, and once.
TEST(Agenda, MovesTheEndOfAStep) {
  Agenda agenda(1);
  agenda.plan_step_end(ReplicaId(0), at(5));
  agenda.plan_step_end(ReplicaId(0), at(2));
  EXPECT_TRUE(agenda.next()->time == at(2));
  EXPECT_FALSE(agenda.next().has_value());
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

struct Taker {
  const std::vector<std::int64_t>& taken;
  [[nodiscard]] Passing pass(std::int64_t step, std::int64_t room) const {
    std::int64_t blocks = 0;
    while (blocks <= room) {
      blocks += taken.at(static_cast<std::size_t>(++step));
    }
    return {step, blocks};
  }
};

// A run of steps in closed form against one set() per step that takes blocks.
RC_GTEST_PROP(UsageClock, ClimbsAsItWouldStepByStep, ()) {
  const auto between = [](std::int64_t low, std::int64_t high) {
    return *rc::gen::inRange<std::int64_t>(low, high + 1);
  };
  const std::int64_t usable = between(3200, 20'000);  // 40 steps of 40 blocks, twice
  UsageClock closed(usable);
  UsageClock stepwise(usable);
  SimTime now;
  std::int64_t used = 0;
  for (int run = 0; run < 5; ++run) {
    const ArithmeticSeries times{between(1, 1000), between(0, 5)};
    const std::int64_t steps = between(1, 40);
    std::vector<std::int64_t> taken(1);
    Climb climb;
    for (std::int64_t j = 1; j <= steps; ++j) {
      taken.push_back(between(0, 1) * between(0, 40));
      climb.blocks += taken.back();
      climb.places += taken.back() * j;
      climb.pairs += taken.back() * j * (j - 1) / 2;
      if (taken.back() > 0) {
        stepwise.set(now + Duration(times.sum(j)), used += taken.back());
      }
    }
    closed.climb(now, times, climb, Taker{taken});
    now = now + Duration(times.sum(steps + 1));
    used /= 2;
    closed.set(now, used);
    stepwise.set(now, used);
  }
  RC_ASSERT(closed.mean() == stepwise.mean());
  RC_ASSERT(closed.max() == stepwise.max());
  for (int percent = 0; percent <= 100; ++percent) {
    RC_ASSERT(closed.percentile(percent) == stepwise.percentile(percent));
  }
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

// Of 10 blocks: empty for 2 s, full for 2 s. Of 100: 20 in use for 4 s. By time: half of it 0.2, a
// quarter 0 and a quarter 1, so 0.35 on average.
TEST(UsageClock, OfUnlikePoolsSharesAreMerged) {
  UsageClock small(10);
  small.set(at(2), 10);
  small.set(at(4), 10);
  UsageClock large(100);
  large.set(at(0), 20);
  large.set(at(4), 20);
  small.merge(large);
  EXPECT_DOUBLE_EQ(small.mean(), 0.35);
  EXPECT_DOUBLE_EQ(small.max(), 1);
  EXPECT_DOUBLE_EQ(small.percentile(25), 0);
  EXPECT_DOUBLE_EQ(small.percentile(75), 0.2);
  EXPECT_DOUBLE_EQ(small.percentile(76), 1);
}

}  // namespace
}  // namespace kvsim::engine
