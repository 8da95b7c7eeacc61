#include "sim/workload/trace_values.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kvsim::workload {
namespace {

constexpr Int128 kPerSecond = kAttosecondsPerSecond;

Int128 attoseconds(std::string_view text, int power = 18) {
  const auto time = parse_decimal(text, power);
  EXPECT_TRUE(time.has_value()) << text;
  return time ? time->attoseconds() : -1;
}

Int128 seconds_between(std::string_view earlier, std::string_view later) {
  const auto a = parse_timestamp(earlier);
  const auto b = parse_timestamp(later);
  EXPECT_TRUE(a && b) << earlier << " … " << later;
  return a && b ? (*b - *a).attoseconds() / kPerSecond : -1;
}

TEST(ParseTokens, TakesWholeNumbersOnly) {
  EXPECT_EQ(parse_tokens("374"), 374);
  EXPECT_EQ(parse_tokens("0"), 0);
  EXPECT_EQ(parse_tokens("1000000000"), 1'000'000'000);
  for (const char* text :
       {"", "-1", "+1", "1.0", "1e3", "12x", " 1", "1000000001", "99999999999999999999"}) {
    EXPECT_FALSE(parse_tokens(text).has_value()) << text;
  }
}

TEST(ParseDecimal, IsExactToTheAttosecond) {
  EXPECT_TRUE(attoseconds("12.345") == kPerSecond * 12'345 / 1000);
  EXPECT_TRUE(attoseconds("0.000000000000000001") == 1);
  EXPECT_TRUE(attoseconds("1700000000.123456789012345678") ==
              kPerSecond * 1'700'000'000 + 123'456'789'012'345'678);
  EXPECT_TRUE(attoseconds("-0.5") == -kPerSecond / 2);
  EXPECT_TRUE(attoseconds("7") == 7 * kPerSecond);
  EXPECT_TRUE(attoseconds("7.") == 7 * kPerSecond);
  EXPECT_TRUE(attoseconds(".25") == kPerSecond / 4);
}

TEST(ParseDecimal, ReadsMillisecondsByTheirPower) {
  EXPECT_TRUE(attoseconds("1500", 15) == kPerSecond * 3 / 2);
  EXPECT_TRUE(attoseconds("0.0001", 15) == 100'000'000'000);
}

TEST(ParseDecimal, ReadsExponentsAsPandasWritesThem) {
  EXPECT_TRUE(attoseconds("1e-05") == kPerSecond / 100'000);
  EXPECT_TRUE(attoseconds("1.5E+3") == kPerSecond * 1500);
  EXPECT_TRUE(attoseconds("0e99") == 0);
}

TEST(ParseDecimal, RoundsBelowTheAttosecond) {
  EXPECT_TRUE(attoseconds("0.0000000000000000014") == 1);
  EXPECT_TRUE(attoseconds("0.0000000000000000015") == 2);
  EXPECT_TRUE(attoseconds("1e-300") == 0);
}

TEST(ParseDecimal, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", ".", "e5", "1e", "1e999", "1 ", "1,5", "0x10", "nan", "inf",
                           "1e20", "1234567890123456789012345678901", "--1", "1_000"}) {
    EXPECT_FALSE(parse_decimal(text, 18).has_value()) << text;
  }
}

RC_GTEST_PROP(ParseDecimal, GivesBackWhatFormatSecondsWrites, ()) {
  const auto whole = *rc::gen::inRange<std::int64_t>(0, 100'000'000);
  const auto nanoseconds = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
  const Duration time(whole * kPerSecond + nanoseconds * Int128{1'000'000'000});
  RC_ASSERT(parse_decimal(format_seconds(time, 9), 18) == time);
}

TEST(ParseTimestamp, CountsFrom1970) {
  // 2023-11-16 is day 19 677; 18:15:46 is second 65 746 of it: 19 677·86 400 + 65 746.
  const auto time = parse_timestamp("2023-11-16 18:15:46.6805900");
  ASSERT_TRUE(time.has_value());
  EXPECT_TRUE(time->attoseconds() == 1'700'158'546 * kPerSecond + 680'590'000'000'000'000);
  EXPECT_EQ(parse_timestamp("1970-01-01 00:00:00"), Duration());
}

TEST(ParseTimestamp, CrossesMidnightMonthsAndLeapYears) {
  EXPECT_TRUE(seconds_between("2023-11-16 23:59:59", "2023-11-17 00:00:00") == 1);
  EXPECT_TRUE(seconds_between("2023-11-30 23:59:59", "2023-12-01 00:00:00") == 1);
  EXPECT_TRUE(seconds_between("2024-02-28 23:59:59", "2024-03-01 00:00:00") == 86'401);
  EXPECT_TRUE(seconds_between("2023-02-28 23:59:59", "2023-03-01 00:00:00") == 1);
  EXPECT_TRUE(seconds_between("2023-12-31 23:59:59", "2024-01-01 00:00:00") == 1);
  EXPECT_TRUE(seconds_between("2000-02-29 00:00:00", "2000-03-01 00:00:00") == 86'400);
}

TEST(ParseTimestamp, TakesTheIsoSeparatorAndZones) {
  const auto plain = parse_timestamp("2024-05-10 12:00:00.5");
  EXPECT_EQ(parse_timestamp("2024-05-10T12:00:00.5Z"), plain);
  EXPECT_EQ(parse_timestamp("2024-05-10 12:00:00.500000+00:00"), plain);
  EXPECT_EQ(parse_timestamp("2024-05-10T14:00:00.5+02:00"), plain);
  EXPECT_EQ(parse_timestamp("2024-05-10T06:30:00.5-05:30"), plain);
}

TEST(ParseTimestamp, RefusesWhatIsOnNoCalendarOrClock) {
  for (const char* text :
       {"", "2023-02-29 00:00:00", "1900-02-29 00:00:00", "2023-13-01 00:00:00",
        "2023-00-10 00:00:00", "2023-04-31 00:00:00", "2023-01-01 24:00:00", "2023-01-01 00:60:00",
        "2023-01-01 00:00:60", "2023-01-01", "2023-01-01 00:00", "2023-1-1 00:00:00",
        "2023-01-01 00:00:00.", "2023-01-01 00:00:00.1234567890123456789", "2023-01-01 00:00:00x",
        "2023-01-01 00:00:00+2", "46.68"}) {
    EXPECT_FALSE(parse_timestamp(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace kvsim::workload
