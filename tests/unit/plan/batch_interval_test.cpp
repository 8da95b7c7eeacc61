// How sure a mean and a percentile of one long sequence are.
#include "sim/plan/batch_interval.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "sim/base/check.hpp"

namespace kvsim::plan {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

// 20 batches of 10 values, those of a batch alike.
std::vector<double> in_batches(double (*value)(std::size_t batch)) {
  std::vector<double> values;
  for (std::size_t i = 0; i < 10 * kBatches; ++i) {
    values.push_back(value(i / 10));
  }
  return values;
}

// Ten independent values: with p = 1/2 the chance that fewer than r of them lie below the median
// is 1/1024, 11/1024, 56/1024, ... for r = 1, 2, 3: 11/1024 is the last that is at most 2.5 %.
// From the other end: ranks 2 and 9, as in every table of the sign test.
TEST(BinomialRanks, OfTheMedianOfTen) {
  const Ranks ranks = binomial_ranks(10, 0.5, 0.95);
  EXPECT_EQ(ranks.low, 2);
  EXPECT_EQ(ranks.high, 9);
}

// 0.99^100 = 0.366: the chance that all of a hundred lie below their 99th percentile is no less
// than 2.5 %, so none of them is surely above it. 0.99^368 = 0.0248 is less.
TEST(BinomialRanks, HaveNoUpperEndWhereTheTailMayBeUnseen) {
  EXPECT_EQ(binomial_ranks(100, 0.99, 0.95).high, 101);
  EXPECT_EQ(binomial_ranks(367, 0.99, 0.95).high, 368);
  EXPECT_EQ(binomial_ranks(368, 0.99, 0.95).high, 368);
  EXPECT_EQ(binomial_ranks(3, 0.5, 0.95).low, 0);
}

// Batches of 0, 1, 0, 1, ...: mean 1/2, S² = 20·1/4/19 = 0.26316, √(S²/20) = 0.114708. Neighbours
// differ, r < 0, A = 1. Student's t for 19 degrees of freedom and 95 %: 2.093024. Half: 0.240086.
TEST(MeanInterval, IsStudentsOverBatches) {
  const auto values = in_batches([](std::size_t batch) { return batch % 2 == 0 ? 0.0 : 1.0; });
  const Estimate estimate = mean_interval(values, 0.95);
  EXPECT_DOUBLE_EQ(estimate.value, 0.5);
  EXPECT_NEAR(estimate.low, 0.5 - 0.240086, 1e-6);
  EXPECT_NEAR(estimate.high, 0.5 + 0.240086, 1e-6);
}

// Two 0, two 1, two 0, ...: of 19 pairs of neighbours 10 are alike and 9 are not, so
// r = (10 - 9)·¼/(20·¼) = 0.05 and A = 1.05/0.95. Half: 0.240086·√1.105263 = 0.252407.
TEST(MeanInterval, IsWiderWhereNeighboursAreAlike) {
  const auto values = in_batches([](std::size_t batch) { return batch / 2 % 2 == 0 ? 0.0 : 1.0; });
  const Estimate estimate = mean_interval(values, 0.95);
  EXPECT_NEAR(estimate.high - estimate.value, 0.252407, 1e-6);
}

TEST(MeanInterval, OfOneValueHasNoWidthAndOfFewValuesNoEnd) {
  const std::vector<double> alike(100, 3.0);
  EXPECT_NEAR(mean_interval(alike, 0.95).low, 3, 1e-12);
  EXPECT_NEAR(mean_interval(alike, 0.95).high, 3, 1e-12);
  const std::vector<double> few(2 * kBatches - 1, 3.0);
  EXPECT_EQ(mean_interval(few, 0.95).low, 0);
  EXPECT_EQ(mean_interval(few, 0.95).high, kUnbounded);
  EXPECT_EQ(quantile_interval(few, 50, 0.95).high, kUnbounded);
}

// 1, 2, ..., 1000, each batch with its share of small and large ones: batches do not differ, so
// the ranks are those of independent values. Their number below the median has mean 500 and
// variance 250: 500 ± 1.96·15.81 = 469 to 531 (470 and 531 from the exact sums).
TEST(QuantileInterval, IsNoNarrowerThanOfIndependentValues) {
  std::vector<double> values;
  for (std::size_t i = 0; i < 1000; ++i) {
    values.push_back(static_cast<double>(i % 50 * 20 + i / 50) + 1);
  }
  const Ranks ranks = binomial_ranks(1000, 0.5, 0.95);
  EXPECT_NEAR(static_cast<double>(ranks.low), 469, 1);
  EXPECT_NEAR(static_cast<double>(ranks.high), 531, 1);
  const Estimate estimate = quantile_interval(values, 50, 0.95);
  EXPECT_DOUBLE_EQ(estimate.value, 500.5);
  EXPECT_EQ(estimate.low, static_cast<double>(ranks.low));
  EXPECT_EQ(estimate.high, static_cast<double>(ranks.high));
}

// Batches of small and of large values in turn: value i of a batch is i, or 100 + i. The median
// lies between 9 and 100, shares are 1 and 0: h = 0.240086 as above. Ranks 200·(0.5 ∓ 0.240086):
// floor(51.98) = 51, ceil(148.02) + 1 = 150. In order, the i-th ten of the lower hundred has value
// i: rank 51 is value 5, rank 150 value 104.
TEST(QuantileInterval, ReachesAsFarAsBatchesDiffer) {
  std::vector<double> values;
  for (std::size_t i = 0; i < 10 * kBatches; ++i) {
    values.push_back((i / 10 % 2 == 0 ? 0.0 : 100.0) + static_cast<double>(i % 10));
  }
  const Estimate estimate = quantile_interval(values, 50, 0.95);
  EXPECT_DOUBLE_EQ(estimate.value, 54.5);
  EXPECT_EQ(estimate.low, 5);
  EXPECT_EQ(estimate.high, 104);
}

// The slow ones come together, in the last batch: h = 2.093·√(A·S²/20) with shares of 1 and one of
// 0 is 0.105, more than the 5 % that lie above the 95th percentile.
TEST(QuantileInterval, HasNoUpperEndWhereOneBatchHoldsTheTail) {
  const auto values = in_batches([](std::size_t batch) { return batch == 19 ? 9.0 : 1.0; });
  EXPECT_EQ(quantile_interval(values, 95, 0.95).high, kUnbounded);
}

// Distribution-free: any growing function of the values moves the ends along.
TEST(QuantileInterval, FollowsTheValues) {
  std::vector<double> values;
  std::vector<double> cubes;
  for (std::size_t i = 0; i < 2000; ++i) {
    values.push_back(static_cast<double>((i * 769 + i / 100 * 31) % 2000));
    cubes.push_back(std::pow(values.back(), 3));
  }
  const Estimate plain = quantile_interval(values, 90, 0.95);
  const Estimate cubed = quantile_interval(cubes, 90, 0.95);
  EXPECT_DOUBLE_EQ(std::pow(plain.low, 3), cubed.low);
  EXPECT_DOUBLE_EQ(std::pow(plain.high, 3), cubed.high);
}

TEST(Intervals, NeedAConfidenceAndValues) {
  EXPECT_THROW(static_cast<void>(mean_interval({}, 0.95)), InternalError);
  const std::vector<double> values(100, 1.0);
  EXPECT_THROW(static_cast<void>(quantile_interval(values, 50, 1)), InternalError);
}

}  // namespace
}  // namespace kvsim::plan
