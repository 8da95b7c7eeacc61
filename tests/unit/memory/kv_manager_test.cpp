#include "sim/memory/kv_manager.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shapes.hpp"
#include "sim/base/check.hpp"

namespace kvsim::memory {
namespace {

TEST(KvManager, CountsBlocksInWholes) {
  const KvManager kv(test::plain_pages(16), 10);
  EXPECT_EQ(kv.missing_blocks({0}, 0, 1), 1);
  EXPECT_EQ(kv.missing_blocks({0}, 0, 16), 1);
  EXPECT_EQ(kv.missing_blocks({0}, 0, 17), 2);
  EXPECT_EQ(kv.missing_blocks({1}, 15, 16), 0);
}

// By a shift where the size is a power of two, by a division where it is not.
TEST(KvManager, CountsBlocksThatTokensBegin) {
  for (const std::int64_t size : {16, 24}) {
    const KvManager kv(test::plain_pages(size), 10);
    EXPECT_EQ(kv.begun_blocks(0), 0);
    EXPECT_EQ(kv.begun_blocks(1), 1);
    EXPECT_EQ(kv.begun_blocks(size), 1);
    EXPECT_EQ(kv.begun_blocks(size + 1), 2);
  }
}

TEST(KvManager, RefusesToHandOutMoreThanItHas) {
  KvManager kv(test::plain_pages(16), 2);
  Holding holding;
  EXPECT_THROW(kv.extend(holding, 0, 33), InternalError);
  EXPECT_EQ(kv.free_blocks(), 2);
}

RC_GTEST_PROP(KvManager, FreeAndHeldBlocksAlwaysAddUp, ()) {
  const auto size = *rc::gen::inRange<std::int64_t>(1, 40);
  KvManager kv(test::plain_pages(size), 200);
  std::vector<Holding> holdings(8);
  for (int step = 0; step < 100; ++step) {
    Holding& holding = holdings[*rc::gen::inRange<std::size_t>(0, holdings.size())];
    const auto tokens = *rc::gen::inRange<std::int64_t>(1, 25 * size);
    if (*rc::gen::arbitrary<bool>()) {
      kv.release(holding);
    } else if (kv.missing_blocks(holding, 0, tokens) <= kv.free_blocks()) {
      kv.extend(holding, 0, tokens);
      RC_ASSERT(holding.blocks * size >= tokens);
    }
    std::int64_t held = 0;
    for (const Holding& each : holdings) {
      held += each.blocks;
    }
    RC_ASSERT(held == kv.used_blocks());
    RC_ASSERT(held + kv.free_blocks() == 200);
  }
}

}  // namespace
}  // namespace kvsim::memory
