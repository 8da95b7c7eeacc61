#include "sim/engine/decode_run.hpp"

#include <gtest/gtest.h>

#include "sim/engine/ledger.hpp"

namespace kvsim::engine {
namespace {

SimTime at(std::int64_t attoseconds) { return SimTime(Duration(Int128{attoseconds})); }

// Steps of 100, 110, 120, 130 as from 1000 on: boundaries at 1100, 1210, 1330, 1460.
DecodeRun four_steps() {
  DecodeRun run;
  run.begin = at(1000);
  run.times = {100, 10};
  run.steps = 4;
  return run;
}

std::int64_t steps_after_arrival_at(std::int64_t attoseconds) {
  DecodeRun run = four_steps();
  run.cut(at(attoseconds));
  return run.steps;
}

TEST(DecodeRun, HasItsBoundariesWhereSingleStepsEnd) {
  const DecodeRun run = four_steps();
  EXPECT_TRUE(run.boundary(1) == at(1100));
  EXPECT_TRUE(run.boundary(2) == at(1210));
  EXPECT_TRUE(run.boundary(3) == at(1330));
  EXPECT_TRUE(run.end() == at(1460));
}

// An arrival at the very instant of a boundary is seen by the scheduler there: arrivals come after
// StepEnd and before Schedule. One attosecond later it has to wait for the next.
TEST(DecodeRun, IsCutAtTheFirstBoundaryThatSeesTheArrival) {
  EXPECT_EQ(steps_after_arrival_at(1000), 1);
  EXPECT_EQ(steps_after_arrival_at(1100), 1);
  EXPECT_EQ(steps_after_arrival_at(1101), 2);
  EXPECT_EQ(steps_after_arrival_at(1209), 2);
  EXPECT_EQ(steps_after_arrival_at(1210), 2);
  EXPECT_EQ(steps_after_arrival_at(1211), 3);
  EXPECT_EQ(steps_after_arrival_at(1330), 3);
  EXPECT_EQ(steps_after_arrival_at(1331), 4);
  EXPECT_EQ(steps_after_arrival_at(1460), 4);
}

// A step ahead: noticed at 1100, in the step that begins at 1210.
TEST(DecodeRun, IsCutAStepLaterIfDecisionsAreMadeAStepAhead) {
  const auto steps_for = [](std::int64_t attoseconds) {
    DecodeRun run = four_steps();
    run.cut(at(attoseconds), 1);
    return run.steps;
  };
  EXPECT_EQ(steps_for(1001), 2);
  EXPECT_EQ(steps_for(1100), 2);
  EXPECT_EQ(steps_for(1101), 3);
  EXPECT_EQ(steps_for(1331), 4);  // the run is no longer than that
}

// first + k · per_step over k = 1, 2, 3: 3 · 100 + 10 · 6 of time, 3 · 7 + 2 · 6 bytes of KV.
TEST(Ledger, BooksStepsInClosedForm) {
  Ledger ledger(10);
  cost::StepCost cost;
  cost.in_bucket[1] = {100, 10};
  cost.by_provenance[2] = {100, 10};
  cost.by_card[3] = {100, 10};
  cost.weight_bytes = 5;
  cost.kv_bytes = {7, 2};
  ledger.add_steps(cost, 3, 1 + 2 + 3);
  EXPECT_TRUE(ledger.time_in[1] == 360);
  EXPECT_TRUE(ledger.time_by_provenance[2] == 360);
  EXPECT_TRUE(ledger.time_by_card[3] == 360);
  EXPECT_TRUE(ledger.weight_bytes == 15);
  EXPECT_TRUE(ledger.kv_bytes == 33);
  EXPECT_EQ(ledger.steps, 3);
}

}  // namespace
}  // namespace kvsim::engine
