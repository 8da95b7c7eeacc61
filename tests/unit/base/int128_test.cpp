#include "sim/base/int128.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kvsim {
namespace {

static_assert(round_div(7, 2) == 4 && round_div(-7, 2) == -4 && round_div(5, 3) == 2);
static_assert(round_div(4, 3) == 1 && round_div(-4, 3) == -1);

TEST(Int128, PrintsAllItsDigits) {
  constexpr Int128 kLargest = ~(static_cast<Int128>(1) << 127);
  EXPECT_EQ(to_string(Int128{0}), "0");
  EXPECT_EQ(to_string(Int128{-42}), "-42");
  EXPECT_EQ(to_string(kLargest), "170141183460469231731687303715884105727");
  EXPECT_EQ(to_string(-kLargest - 1), "-170141183460469231731687303715884105728");
}

RC_GTEST_PROP(Int128, PrintsWhatTheLibraryPrints, (std::int64_t value)) {
  RC_ASSERT(to_string(Int128{value}) == std::to_string(value));
}

RC_GTEST_PROP(Int128, RoundedQuotientsAreTheNearest, (std::int64_t numerator)) {
  const Int128 denominator = *rc::gen::inRange<std::int64_t>(1, 1'000'000);
  const Int128 rest = numerator - round_div(numerator, denominator) * denominator;
  RC_ASSERT(2 * rest <= denominator && 2 * rest >= -denominator);
}

// On both sides of what fits 64 bits.
RC_GTEST_PROP(Int128, QuotientsWithoutTheRestAreThoseOfTheLanguage, ()) {
  const auto drawn = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 62);
  const Int128 numerator = static_cast<Int128>(drawn) << *rc::gen::inRange(0, 40);
  const Int128 denominator = static_cast<Int128>(*rc::gen::inRange<std::int64_t>(1, 1'000'000))
                             << *rc::gen::inRange(0, 60);
  RC_ASSERT(divide_down(numerator, denominator) == numerator / denominator);
}

}  // namespace
}  // namespace kvsim
