// Bisection and galloping against looking at every level.
#include "sim/plan/first_level.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace kvsim::plan {
namespace {

TEST(FirstLevel, IsFoundFromBelowAndFromAbove) {
  const auto from_seven = [](std::int64_t level) { return level >= 7; };
  EXPECT_EQ(first_in(1, 20, from_seven), 7);
  EXPECT_EQ(first_from(1, 1, 20, from_seven), 7);
  EXPECT_EQ(first_from(1, 20, 20, from_seven), 7);
  EXPECT_EQ(first_from(8, 8, 20, from_seven), 8);
  EXPECT_EQ(first_from(1, 1, 6, from_seven), std::nullopt);
}

RC_GTEST_PROP(FirstLevel, EqualsALookAtEveryLevelAndAsksNoneTwice, ()) {
  const auto low = *rc::gen::inRange<std::int64_t>(-400, 400);
  const auto high = low + *rc::gen::inRange<std::int64_t>(0, 1000);
  const auto start = *rc::gen::inRange<std::int64_t>(low, high + 1);
  const auto threshold = *rc::gen::inRange<std::int64_t>(low - 2, high + 3);
  std::set<std::int64_t> asked;
  const auto found = first_from(low, start, high, [&](std::int64_t level) {
    RC_ASSERT(low <= level && level <= high);
    asked.insert(level);
    return level >= threshold;
  });
  const auto expected = threshold <= high ? std::optional(std::max(low, threshold)) : std::nullopt;
  RC_ASSERT(found.value_or(high + 1) == expected.value_or(high + 1));
  RC_ASSERT(asked.size() <= 30U);
}

}  // namespace
}  // namespace kvsim::plan
