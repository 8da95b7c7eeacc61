#include "sim/base/ring.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <memory>
#include <numeric>

namespace kvsim {
namespace {

struct Large {
  int number = 0;
  std::array<char, 400> rest{};  // few in a chunk
};

template <class T, class Number>
void expect_deque(const Ring<T>& ring, const std::deque<int>& deque, const Number& number) {
  RC_ASSERT(ring.size() == static_cast<std::int64_t>(deque.size()));
  RC_ASSERT(ring.empty() == deque.empty());
  for (std::size_t i = 0; i < deque.size(); ++i) {
    RC_ASSERT(number(ring[static_cast<std::int64_t>(i)]) == deque[i]);
  }
  if (!deque.empty()) {
    RC_ASSERT(number(ring.front()) == deque.front());
  }
}

// In phases that fill it and phases that empty it, so that it wraps, grows and is used again.
template <class T, class Number, class Make>
void compare_with_deque(const Number& number, const Make& make) {
  Ring<T> ring;
  std::deque<int> deque;
  int next = 0;
  for (int phase = 0; phase < 12; ++phase) {
    const int percent_in_front = *rc::gen::inRange(0, 40);
    const int percent_out = *rc::gen::inRange(0, 100);
    const auto steps = *rc::gen::container<std::vector<int>>(200, rc::gen::inRange(0, 100));
    for (const int draw : steps) {
      if (draw < percent_out && !deque.empty()) {
        RC_ASSERT(number(ring.pop_front()) == deque.front());
        deque.pop_front();
      } else if (draw % 7 * 14 < percent_in_front) {
        ring.push_front(make(++next));
        deque.push_front(next);
      } else {
        ring.push_back(make(++next));
        deque.push_back(next);
      }
    }
    expect_deque(ring, deque, number);
    Ring<T> moved(std::move(ring));
    expect_deque(moved, deque, number);
    ring = Ring<T>();
    expect_deque(ring, {}, number);
    ring.push_back(make(-1));
    ring = std::move(moved);
    expect_deque(ring, deque, number);
  }
}

RC_GTEST_PROP(Ring, IsADeque, ()) {
  compare_with_deque<Large>([](const Large& each) { return each.number; },
                            [](int number) {
                              return Large{number, {}};
                            });
}

RC_GTEST_PROP(Ring, HoldsWhatCanOnlyBeMoved, ()) {
  compare_with_deque<std::unique_ptr<int>>(
      [](const std::unique_ptr<int>& each) { return *each; },
      [](int number) { return std::make_unique<int>(number); });
}

// 12 MiB of items: the first 2 MiB in chunks of 4 KiB, the others in huge pages.
TEST(Ring, GrowsWithoutMovingAnything) {
  constexpr std::int64_t kItems = 3 << 19;
  Ring<std::int64_t> ring;
  ring.push_back(std::int64_t{0});
  const std::int64_t* first = &ring.front();
  for (std::int64_t i = 1; i < kItems; ++i) {
    ring.push_back(std::int64_t{i});
  }
  EXPECT_EQ(&ring.front(), first);
  for (std::int64_t i = 0; i < kItems; ++i) {
    ASSERT_EQ(ring.pop_front(), i);
  }
  EXPECT_TRUE(ring.empty());
}

}  // namespace
}  // namespace kvsim
