#include "sim/engine/decode_pack.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shapes.hpp"

namespace kvsim::engine {
namespace {

// Blocks of 4. A has 6 tokens and lacks 5; one step later B joins with 3 and lacks 2.
//   step  A stores  B stores  attended      blocks taken
//   0     6         -         7             0
//   1     7         3         8 + 4         0
//   2     8         4         9 + 5         2, and B has all it lacked at its end
//   3     9         -         10            0
TEST(DecodePack, KnowsItsSums) {
  DecodePack pack(test::plain_pages(4));
  std::vector<DecodePack::Member> finished;
  pack.join(SlotId(1), 6, 5);
  EXPECT_EQ(pack.context(), 7);
  EXPECT_EQ(pack.steps_until_a_finish(), 5);
  pack.advance(1);
  pack.join(SlotId(2), 3, 2);
  EXPECT_EQ(pack.context(), 12);
  EXPECT_EQ(pack.blocks_taken(0), 0);
  EXPECT_EQ(pack.blocks_taken(1), 2);
  EXPECT_EQ(pack.steps_until_a_finish(), 2);
  EXPECT_EQ(pack.affordable_steps(2, 1), 1);
  EXPECT_EQ(pack.affordable_steps(2, 2), 2);
  pack.advance(2);
  pack.take_finished(finished);
  ASSERT_EQ(finished.size(), 1U);
  EXPECT_TRUE(finished[0].slot == SlotId(2));
  EXPECT_EQ(pack.computed(finished[0]), 5);
  EXPECT_EQ(pack.context(), 10);
  EXPECT_EQ(pack.blocks_taken(0), 0);
  EXPECT_EQ(pack.steps_until_a_finish(), 2);
}

// A and B have 4 tokens each, blocks of 4: both need one. Without B, who came last, A does.
TEST(DecodePack, GivesBackTheYoungest) {
  DecodePack pack(test::plain_pages(4));
  pack.join(SlotId(1), 4, 5);
  pack.join(SlotId(2), 4, 3);
  EXPECT_EQ(pack.blocks_taken(0), 2);
  const DecodePack::Member youngest = pack.take_youngest();
  EXPECT_TRUE(youngest.slot == SlotId(2));
  EXPECT_EQ(pack.computed(youngest), 4);
  EXPECT_EQ(pack.blocks_taken(0), 1);
  EXPECT_EQ(pack.context(), 5);
  EXPECT_EQ(pack.steps_until_a_finish(), 5);
}

// Against a list of what each member has.
RC_GTEST_PROP(DecodePack, IsTheSumOfItsMembers, ()) {
  struct Twin {
    SlotId slot;
    std::int64_t computed, missing;
  };
  const auto between = [](std::int64_t low, std::int64_t high) {
    return *rc::gen::inRange<std::int64_t>(low, high + 1);
  };
  const memory::PagePlan plan = test::plain_pages(between(1, 16));
  DecodePack pack(plan);
  std::vector<Twin> twins;
  std::vector<DecodePack::Member> finished;
  for (std::uint32_t round = 0; round < 40; ++round) {
    for (std::int64_t i = between(0, 2); i > 0; --i) {
      twins.push_back({SlotId(round), between(1, 60), between(1, 30)});
      pack.join(twins.back().slot, twins.back().computed, twins.back().missing);
    }
    if (twins.empty()) {
      continue;
    }
    std::int64_t context = 0, blocks = 0, steps = 1000;
    for (const Twin& twin : twins) {
      context += twin.computed + 1;
      blocks += memory::resident_blocks(plan, twin.computed, twin.computed + 1) -
                memory::resident_blocks(plan, twin.computed - 1, twin.computed);
      steps = std::min(steps, twin.missing);
    }
    RC_ASSERT(pack.size() == static_cast<std::int64_t>(twins.size()));
    RC_ASSERT(pack.context() == context);
    RC_ASSERT(pack.blocks_taken(0) == blocks);
    RC_ASSERT(pack.steps_until_a_finish() == steps);
    const std::int64_t room = between(0, 100);
    std::int64_t passed = 0, taken = 0;
    while (taken <= room) {
      taken += pack.blocks_taken(++passed);
    }
    const Passing passing = pack.pass(0, room);
    RC_ASSERT(passing.step == passed && passing.blocks == taken);
    const std::int64_t ahead = between(1, steps);
    pack.advance(ahead);
    for (Twin& twin : twins) {
      twin.computed += ahead;
      twin.missing -= ahead;
    }
    pack.take_finished(finished);
    std::size_t next = 0;
    for (const Twin& twin : twins) {
      if (twin.missing == 0) {
        RC_ASSERT(next < finished.size() && finished[next].slot == twin.slot);
        RC_ASSERT(pack.computed(finished[next++]) == twin.computed);
      }
    }
    RC_ASSERT(next == finished.size());
    std::erase_if(twins, [](const Twin& twin) { return twin.missing == 0; });
  }
}

}  // namespace
}  // namespace kvsim::engine
