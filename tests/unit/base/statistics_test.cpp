#include "sim/base/duration_sample.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim {
namespace {

Duration microseconds(std::int64_t count) { return Duration(Int128{1'000'000'000'000} * count); }

DurationSample sample_of(const std::vector<std::int64_t>& values_us) {
  DurationSample sample;
  for (const std::int64_t value : values_us) {
    sample.add(microseconds(value));
  }
  return sample;
}

DurationHistogram histogram_of(const std::vector<std::int64_t>& values_us) {
  DurationHistogram histogram;
  for (const std::int64_t value : values_us) {
    histogram.add(microseconds(value));
  }
  return histogram;
}

// Of values in milliseconds, as doubles: what DurationSample answers.
double percentile(const std::vector<double>& values_ms, double percent) {
  DurationSample sample;
  for (const double value : values_ms) {
    sample.add(Duration(static_cast<Int128>(value * 2) * (kAttosecondsPerMillisecond / 2)));
  }
  return sample.percentile_ms(percent);
}

// numpy 2.4: np.percentile([15, 20, 35, 40, 50], q).
TEST(Percentile, EqualsNumpy) {
  const std::vector<double> values = {15, 20, 35, 40, 50};
  EXPECT_EQ(percentile(values, 0), 15.0);
  EXPECT_EQ(percentile(values, 5), 16.0);
  EXPECT_EQ(percentile(values, 30), 23.0);
  EXPECT_EQ(percentile(values, 40), 29.0);
  EXPECT_EQ(percentile(values, 50), 35.0);
  EXPECT_EQ(percentile(values, 99), 49.6);
  EXPECT_EQ(percentile(values, 99.9), 49.96000000000001);
  EXPECT_EQ(percentile(values, 100), 50.0);
}

TEST(Percentile, OfOneValueIsThatValue) {
  EXPECT_EQ(percentile({7.5}, 0), 7.5);
  EXPECT_EQ(percentile({7.5}, 99), 7.5);
}

RC_GTEST_PROP(Percentile, RisesWithinTheRangeOfItsValues, (std::vector<std::uint16_t> drawn)) {
  RC_PRE(!drawn.empty());
  std::vector<double> values(drawn.begin(), drawn.end());
  std::sort(values.begin(), values.end());
  double before = values.front();
  for (int percent = 0; percent <= 100; ++percent) {
    const double value = percentile(values, percent);
    RC_ASSERT(value >= before && value <= values.back());
    before = value;
  }
  RC_ASSERT(before == values.back());
}

// numpy 2.4 on [0.1, 2.5, 2.5, 7.25, 11.0, 300.125] (ms): mean 53.9125, std 110.16785843089626.
TEST(DurationSample, EqualsNumpy) {
  DurationSample sample = sample_of({11'000, 2'500, 300'125, 100, 7'250, 2'500});
  EXPECT_EQ(sample.count(), 6);
  EXPECT_TRUE(sample.exact());
  EXPECT_DOUBLE_EQ(sample.mean_ms(), 53.9125);
  EXPECT_DOUBLE_EQ(sample.std_ms(), 110.16785843089626);
  EXPECT_DOUBLE_EQ(sample.percentile_ms(0), 0.1);
  EXPECT_DOUBLE_EQ(sample.percentile_ms(10), 1.3);
  EXPECT_DOUBLE_EQ(sample.percentile_ms(50), 4.875);
  EXPECT_DOUBLE_EQ(sample.percentile_ms(90), 155.5625);
  EXPECT_DOUBLE_EQ(sample.percentile_ms(95), 227.84375);
  EXPECT_DOUBLE_EQ(sample.percentile_ms(99), 285.66875);
  EXPECT_DOUBLE_EQ(sample.percentile_ms(100), 300.125);
}

// A sum of squares in whole numbers: of a million values 1 and 3 ms the deviation is 1 ms to the
// last digit. Added up in doubles, 1e6 values of a mean that is not a double lose two digits.
TEST(DurationSample, HasADeviationThatIsExact) {
  DurationSample sample;
  for (int i = 0; i < 500'000; ++i) {
    sample.add(microseconds(1'000));
    sample.add(microseconds(3'000));
  }
  EXPECT_DOUBLE_EQ(sample.std_ms(), 1);
}

// 2^63 as are 9.2 s: beyond, a value takes more than a word. Of 1, 20 and 60 s the mean is 27 s,
// the deviation sqrt((26² + 7² + 33²) / 3) = sqrt(1814 / 3) s.
TEST(DurationSample, HoldsWhatAWordDoesNot) {
  DurationSample sample = sample_of({60'000'000, 1'000'000, 20'000'000});
  EXPECT_DOUBLE_EQ(sample.mean_ms(), 27'000);
  EXPECT_DOUBLE_EQ(sample.std_ms(), std::sqrt(1814.0 / 3) * 1000);
  EXPECT_DOUBLE_EQ(sample.percentile_ms(50), 20'000);
  EXPECT_DOUBLE_EQ(sample.percentile_ms(100), 60'000);
}

TEST(DurationSample, RefusesNegativeLatencies) {
  DurationSample sample;
  EXPECT_THROW(sample.add(Duration(-1)), InternalError);
}

// Equal values fill one bin; a few attoseconds apart they are told apart all the same.
RC_GTEST_PROP(DurationSample, FindsOrderStatisticsAsSortingDoes, ()) {
  const auto spread = *rc::gen::element<std::int64_t>(1, 3, 1000, std::int64_t{1} << 40);
  std::vector<Duration> values(static_cast<std::size_t>(*rc::gen::inRange(1, 200)));
  DurationSample sample;
  for (Duration& value : values) {
    value = Duration(5'000'000'000'000 + *rc::gen::inRange<std::int64_t>(0, spread));
    sample.add(value);
  }
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  for (const double percent : {0.0, 1.0, 37.5, 50.0, 99.0, 100.0}) {
    const double position = percent / 100 * last;
    const auto rank = static_cast<std::size_t>(position);
    const double low = to_milliseconds(values[rank]);
    const double high = to_milliseconds(values[std::min(rank + 1, values.size() - 1)]);
    RC_ASSERT(sample.percentile_ms(percent) ==
              lerp(low, high, position - static_cast<double>(rank)));
  }
}

// Wherever their ranks lie, and in whatever order they are asked for.
RC_GTEST_PROP(DurationSample, AnswersManyPercentilesAsItAnswersEach, ()) {
  const auto values = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(0U, 5000U)));
  const auto tenths = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1001));
  std::vector<double> percents;
  for (const int tenth : tenths) {
    percents.push_back(tenth / 10.0);
  }
  const std::vector<std::int64_t> microseconds(values.begin(), values.end());
  DurationSample sample = sample_of(microseconds);
  const DurationHistogram histogram = histogram_of(microseconds);
  const std::vector<double> of_sample = sample.percentiles_ms(percents);
  const std::vector<double> of_histogram = histogram.percentiles_ms(percents);
  for (std::size_t i = 0; i < percents.size(); ++i) {
    RC_ASSERT(of_sample[i] == sample.percentile_ms(percents[i]));
    RC_ASSERT(of_histogram[i] == histogram.percentile_ms(percents[i]));
  }
}

TEST(DurationSample, OfNothingIsZero) {
  DurationSample sample;
  EXPECT_EQ(sample.count(), 0);
  EXPECT_EQ(sample.mean_ms(), 0);
  EXPECT_EQ(sample.std_ms(), 0);
  EXPECT_EQ(sample.percentile_ms(99), 0);
}

TEST(DurationSample, AcceptsValuesAfterAQuestion) {
  DurationSample sample = sample_of({3'000, 1'000});
  EXPECT_EQ(sample.percentile_ms(50), 2.0);
  sample.add(microseconds(500));
  EXPECT_EQ(sample.percentile_ms(50), 1.0);
}

// 1 000 000 values stay exact, one more turns them into a histogram: nothing is lost or doubled.
TEST(DurationSample, TurnsIntoAHistogramBeyondItsLimit) {
  DurationSample sample;
  for (std::int64_t i = 0; i < 1'000'000; ++i) {
    sample.add(microseconds(i));
  }
  EXPECT_TRUE(sample.exact());
  EXPECT_DOUBLE_EQ(sample.percentile_ms(50), 499.9995);
  sample.add(microseconds(1'000'000));
  EXPECT_FALSE(sample.exact());
  EXPECT_EQ(sample.count(), 1'000'001);
  EXPECT_DOUBLE_EQ(sample.mean_ms(), 500.0);
  EXPECT_NEAR(sample.percentile_ms(50), 500.0, 500.0 / 256);
  // Population deviation of 0 … 1000 ms in steps of 1 us: 1000/sqrt(12) = 288.675 ms.
  EXPECT_NEAR(sample.std_ms(), 288.675, 0.3);
}

RC_GTEST_PROP(DurationSample, DoesNotDependOnTheOrderOfAddition,
              (std::vector<std::uint16_t> drawn)) {
  std::vector<std::int64_t> values(drawn.begin(), drawn.end());
  DurationSample as_drawn = sample_of(values);
  std::sort(values.begin(), values.end());
  DurationSample sorted = sample_of(values);
  RC_ASSERT(as_drawn.mean_ms() == sorted.mean_ms());
  RC_ASSERT(as_drawn.std_ms() == sorted.std_ms());
  RC_ASSERT(as_drawn.percentile_ms(90) == sorted.percentile_ms(90));
}

// Bins are at most 1/256 of their lower edge wide, so a middle is within 1/512 of each value.
RC_GTEST_PROP(DurationHistogram, PlacesEveryValueWithinHalfABin, ()) {
  const auto mantissa = *rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 62);
  const int shift = *rc::gen::inRange(0, 60);
  const Duration value(static_cast<Int128>(mantissa) << shift);
  DurationHistogram histogram;
  histogram.add(value);
  const double exact = to_milliseconds(value);
  RC_ASSERT(std::abs(histogram.percentile_ms(50) - exact) <= exact / 512 + 0.5e-15);
}

TEST(DurationHistogram, CountsEveryAttosecondApartBelow512) {
  for (std::int64_t value = 0; value < 512; ++value) {
    DurationHistogram histogram;
    histogram.add(Duration(value));
    EXPECT_NEAR(histogram.percentile_ms(50), static_cast<double>(value) * 1e-15, 0.51e-15);
  }
}

TEST(DurationHistogram, HasAnExactMean) {
  DurationHistogram histogram;
  histogram.add(microseconds(10), 3);
  histogram.add(microseconds(1'000'000), 1);
  histogram.add(microseconds(77), 0);  // nothing
  EXPECT_EQ(histogram.count(), 4);
  EXPECT_DOUBLE_EQ(histogram.mean_ms(), 1000.03 / 4);
}

TEST(DurationHistogram, OfNothingIsZero) {
  const DurationHistogram histogram;
  EXPECT_EQ(histogram.mean_ms(), 0);
  EXPECT_EQ(histogram.std_ms(), 0);
  EXPECT_EQ(histogram.percentile_ms(50), 0);
}

TEST(DurationHistogram, RefusesNegativeLatencies) {
  DurationHistogram histogram;
  EXPECT_THROW(histogram.add(Duration(-1)), InternalError);
}

RC_GTEST_PROP(DurationHistogram, MergedEqualsAddedTogether,
              (std::vector<std::uint32_t> first, std::vector<std::uint32_t> second)) {
  DurationHistogram merged = histogram_of(std::vector<std::int64_t>(first.begin(), first.end()));
  merged.merge(histogram_of(std::vector<std::int64_t>(second.begin(), second.end())));
  first.insert(first.end(), second.begin(), second.end());
  const DurationHistogram together =
      histogram_of(std::vector<std::int64_t>(first.begin(), first.end()));
  RC_ASSERT(merged.count() == together.count());
  RC_ASSERT(merged.mean_ms() == together.mean_ms());
  RC_ASSERT(merged.std_ms() == together.std_ms());
  RC_ASSERT(merged.percentile_ms(99) == together.percentile_ms(99));
}

RC_GTEST_PROP(DurationHistogram, PercentilesAreWithinABinOfTheExactOnes,
              (std::vector<std::uint32_t> drawn)) {
  RC_PRE(!drawn.empty());
  const std::vector<std::int64_t> values(drawn.begin(), drawn.end());
  const DurationHistogram histogram = histogram_of(values);
  DurationSample sample = sample_of(values);
  for (const double percent : {0.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    const double exact = sample.percentile_ms(percent);
    RC_ASSERT(std::abs(histogram.percentile_ms(percent) - exact) <= exact / 256 + 1e-12);
  }
}

}  // namespace
}  // namespace kvsim
