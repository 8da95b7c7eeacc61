#include "sim/engine/block_walk.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shapes.hpp"

namespace kvsim::engine {
namespace {

// Blocks of 4. Sequence A stores its tokens 6, 7, 8, ... (from 0) in steps 0, 1, 2, ...: token 8
// opens a block in step 2, token 12 in step 6. B stores 7, 8, ...: blocks in steps 1 and 5.
BlockWalk two_sequences(std::int64_t steps) {
  BlockWalk walk;
  walk.begin(steps);
  walk.add(test::plain_pages(4), 6);
  walk.add(test::plain_pages(4), 7);
  return walk;
}

TEST(BlockWalk, TakesABlockWhenATokenOpensOne) {
  const BlockWalk walk = two_sequences(8);
  const std::vector<std::int64_t> expected = {0, 1, 1, 0, 0, 1, 1, 0};
  for (std::int64_t step = 1; step < 8; ++step) {
    EXPECT_EQ(walk.change(step), expected[static_cast<std::size_t>(step)]) << step;
  }
}

// No free block lasts for step 0 alone, one until step 2, two until step 5, four for ever.
TEST(BlockWalk, AffordsTheStepsBeforeTheFirstThatLacksABlock) {
  const BlockWalk walk = two_sequences(8);
  EXPECT_EQ(walk.affordable_steps(0), 1);
  EXPECT_EQ(walk.affordable_steps(1), 2);
  EXPECT_EQ(walk.affordable_steps(2), 5);
  EXPECT_EQ(walk.affordable_steps(3), 6);
  EXPECT_EQ(walk.affordable_steps(4), 8);
}

memory::PagePlan random_plan() {
  memory::PagePlan plan;
  const int groups = *rc::gen::inRange(1, 4);
  for (int i = 0; i < groups; ++i) {
    memory::PageGroup group;
    group.copies = *rc::gen::inRange<std::int64_t>(1, 4);
    group.is_state = *rc::gen::inRange(0, 5) == 0;
    group.block_size = *rc::gen::inRange<std::int64_t>(1, 17);
    group.span.kind =
        *rc::gen::element(model::SpanKind::Full, model::SpanKind::Window, model::SpanKind::Chunk);
    group.span.tokens = *rc::gen::inRange<std::int64_t>(1, 50);
    plan.groups.push_back(group);
  }
  return plan;
}

RC_GTEST_PROP(BlockWalk, IsTheDifferenceOfResidentBlocks, ()) {
  const memory::PagePlan plan = random_plan();
  const auto computed = *rc::gen::inRange<std::int64_t>(0, 120);
  constexpr std::int64_t kSteps = 130;
  BlockWalk walk;
  walk.begin(kSteps);
  walk.add(plan, computed);
  std::int64_t taken = 0;
  for (std::int64_t k = 1; k < kSteps; ++k) {
    const std::int64_t before = memory::resident_blocks(plan, computed + k - 1, computed + k);
    const std::int64_t now = memory::resident_blocks(plan, computed + k, computed + k + 1);
    RC_ASSERT(walk.change(k) == now - before);
    taken += std::max<std::int64_t>(0, now - before);
    RC_ASSERT(most_blocks_taken(plan, 1, k + 1) >= taken);
    RC_ASSERT(!keeps_all_blocks(plan) || now >= before);
  }
}

}  // namespace
}  // namespace kvsim::engine
