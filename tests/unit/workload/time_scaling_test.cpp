#include "sim/workload/time_scaling.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/base/check.hpp"

namespace kvsim::workload {
namespace {

constexpr Duration kSecond(kAttosecondsPerSecond);

TEST(Divide, IsExactForWholeDivisors) {
  // 1 s / 3 = 333 333 333 333 333 333.33 as; 2 s / 3 = 666 666 666 666 666 666.67 as.
  EXPECT_EQ(divide(kSecond, 3), Duration(333'333'333'333'333'333));
  EXPECT_EQ(divide(kSecond * 2, 3), Duration(666'666'666'666'666'667));
  EXPECT_EQ(divide(kSecond, 4), Duration(250'000'000'000'000'000));
}

TEST(Divide, ByOneChangesNothing) {
  const Duration long_span = kSecond * 100'000'000 + Duration(1);
  EXPECT_EQ(divide(long_span, 1), long_span);
}

// After 7e9 gaps at 7/s a double of seconds resolves 0.1 us; here nothing is lost.
TEST(Divide, LosesNothingInLongSpans) {
  EXPECT_EQ(divide(kSecond * 7'000'000'001, 7),
            kSecond * 1'000'000'000 + Duration(142'857'142'857'142'857));
}

TEST(Divide, ReachesBothEndsOfItsRange) {
  EXPECT_EQ(divide(kSecond, 1e12), Duration(1'000'000));
  // 1e-6 as a double is 9.99999999999999954748e-7, so 1 s / 1e-6 is 1 000 000.000 000 000 045 252
  // s.
  EXPECT_EQ(divide(kSecond, 1e-6), kSecond * 1'000'000 + Duration(45'251'888));
}

TEST(Divide, RefusesWhatItCannotHold) {
  EXPECT_THROW(static_cast<void>(divide(kSecond, 0)), InternalError);
  EXPECT_THROW(static_cast<void>(divide(kSecond, 1e-7)), InternalError);
  EXPECT_THROW(static_cast<void>(divide(Duration(-1), 2)), InternalError);
}

RC_GTEST_PROP(Divide, EqualsIntegerDivisionAndKeepsOrder, ()) {
  const auto span = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000'000'000);
  const auto step = *rc::gen::inRange<std::int64_t>(0, 1'000'000);
  const auto divisor = *rc::gen::inRange<std::int64_t>(1, 1'000'000'000);
  const Duration quotient = divide(Duration(span), static_cast<double>(divisor));
  RC_ASSERT(quotient.attoseconds() == round_div(span, divisor));
  RC_ASSERT(divide(Duration(span) + Duration(step), static_cast<double>(divisor)) >= quotient);
}

}  // namespace
}  // namespace kvsim::workload
