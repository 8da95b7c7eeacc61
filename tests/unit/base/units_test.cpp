#include "sim/base/units.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kvsim {
namespace {

double value_of(std::string_view text, Dimension dimension) {
  const ParsedNumber number = parse_number(text, dimension);
  EXPECT_TRUE(number.value.has_value()) << text << ": " << number.problem;
  return number.value.value_or(-1);
}

std::string refusal(std::string_view text, Dimension dimension) {
  const ParsedNumber number = parse_number(text, dimension);
  EXPECT_FALSE(number.value.has_value()) << text;
  return number.problem + "; " + number.hint;
}

TEST(ParseNumber, KnowsDecimalAndBinaryPrefixes) {
  EXPECT_EQ(value_of("80 GiB", Dimension::Size), 85'899'345'920.0);
  EXPECT_EQ(value_of("80GB", Dimension::Size), 80e9);
  EXPECT_EQ(value_of("16 B", Dimension::Size), 16);
  EXPECT_EQ(value_of("3.35 TB/s", Dimension::Bandwidth), 3.35e12);
  EXPECT_EQ(value_of("989 TFLOP/s", Dimension::ComputeRate), 989e12);
}

TEST(ParseNumber, KnowsPower) {
  EXPECT_EQ(value_of("700 W", Dimension::Power), 700);
  EXPECT_EQ(value_of("1.2kW", Dimension::Power), 1200);
  EXPECT_EQ(refusal("700", Dimension::Power), "'700' has no unit; write for example 700 W");
}

TEST(ParseNumber, KnowsTimesAndRates) {
  EXPECT_DOUBLE_EQ(value_of("150ms", Dimension::Time), 0.15);
  EXPECT_DOUBLE_EQ(value_of("2.5 us", Dimension::Time), 2.5e-6);
  EXPECT_EQ(value_of("1h", Dimension::Time), 3600);
  EXPECT_EQ(value_of("4/s", Dimension::Rate), 4);
  EXPECT_DOUBLE_EQ(value_of("90 /min", Dimension::Rate), 1.5);
}

TEST(ParseNumber, KnowsCounts) {
  EXPECT_EQ(value_of("8k", Dimension::Count), 8000);
  EXPECT_EQ(value_of(" 1.5M ", Dimension::Count), 1.5e6);
  EXPECT_EQ(value_of("-3", Dimension::Count), -3);
  EXPECT_EQ(value_of("+3", Dimension::Count), 3);
  EXPECT_EQ(value_of("1e3", Dimension::Count), 1000);
  EXPECT_EQ(value_of("0.5", Dimension::Count), 0.5);
  EXPECT_EQ(value_of("0", Dimension::Count), 0);
}

TEST(ParseNumber, AsksForTheUnit) {
  EXPECT_EQ(refusal("80", Dimension::Size), "'80' has no unit; write for example 80 GiB");
  EXPECT_EQ(refusal("4", Dimension::Rate), "'4' has no unit; write for example 4/s");
  EXPECT_EQ(refusal("5", Dimension::Time), "'5' has no unit; write for example 5 ms");
}

TEST(ParseNumber, GuessesTheUnit) {
  EXPECT_EQ(refusal("80 Gib", Dimension::Size), "'Gib' is not a unit here; did you mean 'GiB'?");
  EXPECT_EQ(refusal("3 parsec", Dimension::Time),
            "'parsec' is not a unit here; known units: ns, us, ms, s, min, h");
}

TEST(ParseNumber, RefusesWhatOtherProgramsReadOtherwise) {
  EXPECT_EQ(
      refusal("010", Dimension::Count),
      "'010' has a leading zero; some programs read that as octal; write it without the zero");
  EXPECT_EQ(refusal("0x10", Dimension::Count),
            "'0x10' is not a plain number; write it without a unit");
  EXPECT_EQ(refusal("1_000", Dimension::Count),
            "'1_000' is not a plain number; write it without a unit");
  EXPECT_EQ(refusal("1,5 s", Dimension::Time),
            "',5 s' is not a unit here; known units: ns, us, ms, s, min, h");
  for (const char* text : {"", "nan", "inf", "-", ".", "yes", "e5"}) {
    EXPECT_NE(refusal(text, Dimension::Count).find("is not a number"), std::string::npos) << text;
  }
  EXPECT_NE(refusal("1e999", Dimension::Count).find("out of range"), std::string::npos);
}

RC_GTEST_PROP(ParseNumber, NeverCrashesAndAlwaysExplains, (const std::string& text)) {
  for (const Dimension dimension : {Dimension::Count, Dimension::Size, Dimension::Time}) {
    const ParsedNumber number = parse_number(text, dimension);
    RC_ASSERT(number.value.has_value() == number.problem.empty());
  }
}

TEST(FormatBytes, KeepsThreeDigits) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1.00 kB");
  EXPECT_EQ(format_bytes(1.5e9), "1.50 GB");
  EXPECT_EQ(format_bytes(25.66e9), "25.7 GB");
  EXPECT_EQ(format_bytes(141e9), "141 GB");
  EXPECT_EQ(format_bytes(-1.5e9), "-1.50 GB");
  EXPECT_EQ(format_bytes_binary(1.40 * 0x1p30), "1.40 GiB");
  EXPECT_EQ(format_bytes_binary(80 * 0x1p30), "80.0 GiB");
}

TEST(FormatBytes, MovesToTheNextPrefixInsteadOfRoundingToIt) {
  EXPECT_EQ(format_bytes(999'499), "999 kB");
  EXPECT_EQ(format_bytes(999'999), "1.00 MB");
  EXPECT_EQ(format_bytes_binary(0x1p30 - 1), "1.00 GiB");
}

TEST(FormatGrouped, SetsASpaceBetweenThousands) {
  EXPECT_EQ(format_grouped(0), "0");
  EXPECT_EQ(format_grouped(999), "999");
  EXPECT_EQ(format_grouped(1000), "1 000");
  EXPECT_EQ(format_grouped(12'345'678), "12 345 678");
  EXPECT_EQ(format_grouped(-123), "-123");
  EXPECT_EQ(format_grouped(-1234), "-1 234");
}

TEST(FormatTime, ChoosesTheUnitThatKeepsItReadable) {
  EXPECT_EQ(format_time(0), "0 s");
  EXPECT_EQ(format_time(25e-9), "25.0 ns");
  EXPECT_EQ(format_time(12.3e-6), "12.3 us");
  EXPECT_EQ(format_time(4.56e-3), "4.56 ms");
  EXPECT_EQ(format_time(1.2), "1.20 s");
  EXPECT_EQ(format_time(-1.2), "-1.20 s");
}

TEST(FormatTime, NeverWritesAnExponent) {
  EXPECT_EQ(format_time(999.4e-6), "999 us");
  EXPECT_EQ(format_time(999.9e-6), "1.00 ms");
  EXPECT_EQ(format_time(0.9999), "1.00 s");
  EXPECT_EQ(format_time(86'400), "86400 s");
}

}  // namespace
}  // namespace kvsim
