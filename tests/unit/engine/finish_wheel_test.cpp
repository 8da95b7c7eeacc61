#include "sim/engine/finish_wheel.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

namespace kvsim::engine {
namespace {

TEST(FinishWheel, KnowsWhoIsNext) {
  FinishWheel wheel;
  std::vector<FinishWheel::Item> due;
  EXPECT_EQ(wheel.next(), FinishWheel::kNever);
  wheel.add(7, 10);
  wheel.add(3, 4);
  wheel.add(5, 10);
  EXPECT_EQ(wheel.next(), 4);
  wheel.advance(3, due);
  EXPECT_TRUE(due.empty());
  wheel.advance(4, due);
  EXPECT_EQ(due, (std::vector<FinishWheel::Item>{3}));
  EXPECT_EQ(wheel.next(), 10);
}

// Against an ordered map; keys up to many times around the wheel, whose length is 4096.
RC_GTEST_PROP(FinishWheel, IsAQueueOrderedByKey, ()) {
  FinishWheel wheel;
  std::multimap<std::int64_t, FinishWheel::Item> twin;
  std::vector<FinishWheel::Item> due;
  std::int64_t counter = *rc::gen::inRange<std::int64_t>(0, 100'000);
  wheel.advance(counter, due);
  const std::int64_t reach = *rc::gen::element<std::int64_t>(3, 100, 5000, 50'000);
  FinishWheel::Item item = 0;
  for (int round = 0; round < 60; ++round) {
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
      const std::int64_t key = counter + *rc::gen::inRange<std::int64_t>(1, reach + 1);
      wheel.add(item, key);
      twin.emplace(key, item++);
    }
    if (!twin.empty() && *rc::gen::inRange(0, 4) == 0) {
      const auto gone = std::prev(twin.end());
      wheel.remove(gone->second, gone->first);
      twin.erase(gone);
    }
    const std::int64_t next = twin.empty() ? FinishWheel::kNever : twin.begin()->first;
    RC_ASSERT(wheel.next() == next);
    const std::int64_t far = std::min(next, counter + reach);
    counter = *rc::gen::element(far, (counter + far + 1) / 2);
    due.clear();
    wheel.advance(counter, due);
    std::sort(due.begin(), due.end());
    std::vector<FinishWheel::Item> expected;
    for (; !twin.empty() && twin.begin()->first == counter; twin.erase(twin.begin())) {
      expected.push_back(twin.begin()->second);
    }
    std::sort(expected.begin(), expected.end());
    RC_ASSERT(due == expected);
  }
}

TEST(FinishWheel, ForgetsWhoIsRemoved) {
  FinishWheel wheel;
  std::vector<FinishWheel::Item> due;
  wheel.add(1, 5);
  wheel.add(2, 5);
  wheel.add(3, 9000);
  wheel.remove(1, 5);
  wheel.advance(5, due);
  EXPECT_EQ(due, (std::vector<FinishWheel::Item>{2}));
  EXPECT_EQ(wheel.next(), 9000);
  wheel.remove(3, 9000);
  EXPECT_EQ(wheel.next(), FinishWheel::kNever);
}

}  // namespace
}  // namespace kvsim::engine
