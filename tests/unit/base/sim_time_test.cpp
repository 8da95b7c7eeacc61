#include "sim/base/sim_time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "sim/base/check.hpp"

namespace kvsim {
namespace {

constexpr Duration kSecond(kAttosecondsPerSecond);
constexpr Duration kMillisecond(kAttosecondsPerMillisecond);

static_assert(kMillisecond * 1000 == kSecond);
static_assert(SimTime() + kSecond - SimTime() == kSecond);
static_assert(SimTime(kSecond * 1'000'000'000'000) < SimTime::never());  // 30 000 years

TEST(SimTime, AMillionStepsLandWhereOneJumpDoes) {
  // In double, a million additions of 0.1 s give 100 000.000 001 332 88 s.
  const Duration step = to_duration(Seconds(0.1));
  SimTime stepped;
  for (int i = 0; i < 1'000'000; ++i) {
    stepped = stepped + step;
  }
  EXPECT_EQ(stepped, SimTime(step * 1'000'000));
  EXPECT_EQ(stepped, SimTime(kSecond * 100'000));
}

TEST(ToDuration, TakesDecimalFractionsAsWritten) {
  EXPECT_EQ(to_duration(Seconds(0.1)), kMillisecond * 100);
  EXPECT_EQ(to_duration(Seconds(0.3)), kMillisecond * 300);
  EXPECT_EQ(to_duration(Seconds(2.5)), kMillisecond * 2500);
  EXPECT_EQ(to_duration(Seconds(1e-18)), Duration(1));
  EXPECT_EQ(to_duration(Seconds(0)), Duration());
}

TEST(ToDuration, RoundsBelowTheAttosecond) {
  EXPECT_EQ(to_duration(Seconds(1.4e-18)), Duration(1));
  EXPECT_EQ(to_duration(Seconds(1.6e-18)), Duration(2));
  EXPECT_EQ(to_duration(Seconds(0.4e-18)), Duration(0));
}

TEST(ToDuration, KeepsTheSign) {
  EXPECT_EQ(to_duration(Seconds(-0.25)), kMillisecond * -250);
  EXPECT_EQ(to_duration(Seconds(-1.75)), kMillisecond * -1750);
}

TEST(ToDuration, RefusesWhatIsNoTime) {
  EXPECT_THROW(static_cast<void>(to_duration(Seconds(1e15))), InternalError);
  EXPECT_THROW(static_cast<void>(to_duration(Seconds(std::nan("")))), InternalError);
  EXPECT_THROW(static_cast<void>(to_duration(Seconds(-std::numeric_limits<double>::infinity()))),
               InternalError);
}

// 64 as: half the distance of doubles of attoseconds just below 1 s.
RC_GTEST_PROP(ToDuration, IsMonotoneAndNearTheDouble, ()) {
  const double a = *rc::gen::inRange(0, 1'000'000'000) * 1e-7;
  const double b = std::nextafter(a, 1e9);
  RC_ASSERT(to_duration(Seconds(a)) <= to_duration(Seconds(b)));
  RC_ASSERT(std::abs(to_seconds(to_duration(Seconds(a))).value() - a) <= 64.5e-18 + a * 0x1p-52);
}

TEST(ToSeconds, IsTheNearestDoubleForEverydayTimes) {
  EXPECT_EQ(to_seconds(kMillisecond * 1500).value(), 1.5);
  EXPECT_EQ(to_seconds(kMillisecond * -1500).value(), -1.5);
  EXPECT_EQ(to_milliseconds(kSecond * 3), 3000.0);
  EXPECT_EQ(to_milliseconds(Duration(1)), 1e-15);
}

TEST(FormatSeconds, WritesAllDecimalsExactly) {
  EXPECT_EQ(format_seconds(Duration(1'234'567'890'123'456'789), 15), "1.234567890123457");
  EXPECT_EQ(format_seconds(Duration(1'234'567'890'123'456'789), 3), "1.235");
  EXPECT_EQ(format_seconds(kMillisecond * 1500, 0), "2");  // half away from zero
  EXPECT_EQ(format_seconds(kMillisecond * -1500, 0), "-2");
  EXPECT_EQ(format_seconds(kMillisecond * 7, 9), "0.007000000");
  EXPECT_EQ(format_seconds(kMillisecond * -7, 9), "-0.007000000");
  EXPECT_EQ(format_seconds(Duration(-1), 9), "0.000000000");  // no minus before nothing
}

TEST(FormatMilliseconds, WritesAllDecimalsExactly) {
  EXPECT_EQ(format_milliseconds(Duration(12'345'678'901'234'567), 9), "12.345678901");
  EXPECT_EQ(format_milliseconds(kSecond, 3), "1000.000");
  EXPECT_EQ(format_milliseconds(Duration(12'345'678'901'234'567), 15), "12.345678901234567");
}

}  // namespace
}  // namespace kvsim
