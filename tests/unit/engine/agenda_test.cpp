#include "sim/engine/agenda.hpp"

#include <gtest/gtest.h>

namespace kvsim::engine {
namespace {

// 37 · i mod 100 for i = 0, ..., 99 is every number below 100, out of order; each is asked for
// twice.
TEST(Agenda, SchedulesEachReplicaOnceFromTheLowestOn) {
  constexpr std::int32_t kReplicas = 100;
  Agenda agenda(kReplicas);
  for (std::int32_t i = 0; i < 2 * kReplicas; ++i) {
    agenda.plan_schedule(ReplicaId(37 * i % kReplicas));
  }
  for (std::int32_t i = 0; i < kReplicas; ++i) {
    const std::optional<Event> event = agenda.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(event->event_class, EventClass::Schedule);
    EXPECT_EQ(event->replica, ReplicaId(i));
    if (i == 50) {  // those that have had their turn may have another
      agenda.plan_schedule(ReplicaId(7));
      EXPECT_EQ(agenda.next()->replica, ReplicaId(7));
    }
  }
  EXPECT_FALSE(agenda.next());
}

}  // namespace
}  // namespace kvsim::engine
