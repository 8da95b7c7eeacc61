// How sure a mean and a percentile of one long sequence are.
#include "sim/plan/dependent_sample.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/base/rng.hpp"

namespace kvsim::plan {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();

constexpr std::size_t kBatches = DependentSample::kBatches;

Estimate mean_of(const std::vector<double>& values) { return DependentSample(values).mean(0.95); }

Estimate percentile_of(const std::vector<double>& values, double percent) {
  return DependentSample(values).percentile(percent, 0.95);
}

// 20 batches of 1000 values that go up and down by 5 around 10 and what their batch adds.
std::vector<double> in_batches(double (*added)(std::size_t batch)) {
  std::vector<double> values;
  for (std::size_t i = 0; i < 1000 * kBatches; ++i) {
    values.push_back(10 + added(i / 1000) + (i % 2 == 0 ? 5 : -5));
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

// Numbers that have nothing to do with each other, each ten times: values k apart have a
// correlation of 1 - k/10, so one independent value is worth 1 + 2·(9 + 8 + ... + 1)/10 = 10.
TEST(IndependentValues, OfRepeatedOnesAreThoseThatDiffer) {
  const Rng rng = Rng::stream("test", 1);
  std::vector<double> values;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    values.push_back(rng.uniform(i / 10));
  }
  EXPECT_NEAR(DependentSample(values).independent_values(), 10'000, 1000);
}

// x' = 0.9·x + noise: 1 + 2·(0.9 + 0.81 + ...) = 19.
TEST(IndependentValues, OfAGeometricMemory) {
  const Rng rng = Rng::stream("test", 2);
  std::vector<double> values{10};
  for (std::uint64_t i = 1; i < 100'000; ++i) {
    values.push_back(0.9 * values.back() + rng.uniform(i) + 0.5);
  }
  EXPECT_NEAR(DependentSample(values).independent_values(), 100'000 / 19.0, 600);
}

TEST(IndependentValues, AreAllOfThemWithoutMemoryAndNoneOfATrend) {
  const Rng rng = Rng::stream("test", 3);
  std::vector<double> values;
  std::vector<double> trend;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    values.push_back(rng.uniform(i));
    trend.push_back(static_cast<double>(i));
  }
  EXPECT_NEAR(DependentSample(values).independent_values(), 10'000, 800);
  EXPECT_LT(DependentSample(trend).independent_values(), 20);
  EXPECT_EQ(mean_of(trend).low, 0);
  EXPECT_EQ(mean_of(trend).high, kUnbounded);
  EXPECT_EQ(percentile_of(trend, 50).low, 0);
  EXPECT_EQ(percentile_of(trend, 50).high, kUnbounded);
}

// Batches add 0, 1, 0, 1, ...: mean 10.5, S² = 20·1/4/19 = 0.26316, √(S²/20) = 0.114708. Neighbours
// differ, r < 0, A = 1; nothing is skewed. Values go up and down, τ = 1: √(25.25/20000) = 0.0355 is
// less. Student's t for 19 degrees of freedom and 95 %: 2.093024. Half: 0.240086.
TEST(MeanInterval, IsStudentsOverBatches) {
  const Estimate estimate =
      mean_of(in_batches([](std::size_t batch) { return batch % 2 == 0 ? 0.0 : 1.0; }));
  EXPECT_NEAR(estimate.value, 10.5, 1e-9);
  EXPECT_NEAR(estimate.low, 10.5 - 0.240086, 1e-6);
  EXPECT_NEAR(estimate.high, 10.5 + 0.240086, 1e-6);
}

// 0, 0, 1, 1, 0, 0, ...: of 19 pairs of neighbours 10 are alike and 9 are not, so
// r = (10 - 9)·¼/(20·¼) = 0.05 and A = 1.05/0.95. Half: 0.240086·√1.105263 = 0.252407.
TEST(MeanInterval, IsWiderWhereNeighboursAreAlike) {
  const Estimate estimate =
      mean_of(in_batches([](std::size_t batch) { return batch / 2 % 2 == 0 ? 0.0 : 1.0; }));
  EXPECT_NEAR(estimate.high - estimate.value, 0.252407, 1e-6);
  EXPECT_NEAR(estimate.value - estimate.low, 0.252407, 1e-6);
}

// One batch of 20 adds 2. Mean 10.1, Σ(x - mean)² = 1.9² + 19·0.1² = 3.8, so √(S²/20) = 0.1. The
// skewness of one against 19 is √20 = 4.4721 with the correction (1.9³ - 19·0.1³ = 6.84, /20, over
// 0.19^1.5: 4.1295; ·√380/18), β = √20/6/√20 = 1/6. ∛(1 + 2.093024 - 1/6) = 1.430348 and
// ∛(1 - 2.093024 - 1/6) = -1.079994; G(t) = 1.291044, G(-t) = -6.239982: up further than down.
TEST(MeanInterval, LeansToWhereBatchesAreSkewed) {
  const Estimate estimate =
      mean_of(in_batches([](std::size_t batch) { return batch == 7 ? 2.0 : 0.0; }));
  EXPECT_NEAR(estimate.value, 10.1, 1e-9);
  EXPECT_NEAR(estimate.low, 10.1 - 0.1291044, 1e-5);
  EXPECT_NEAR(estimate.high, 10.1 + 0.6239982, 1e-5);
}

TEST(Intervals, OfOneValueHaveNoWidth) {
  const std::vector<double> alike(1000, 3.0);
  EXPECT_NEAR(mean_of(alike).low, 3, 1e-12);
  EXPECT_NEAR(mean_of(alike).high, 3, 1e-12);
  EXPECT_EQ(percentile_of(alike, 50).low, 3);
  EXPECT_EQ(percentile_of(alike, 50).high, 3);
}

// 0, 1, ..., 999, each batch with its share of small and large ones in turn: τ = 1, and the error
// of the share below the median is √(¼/1000) = 0.015811. Times 2.093024: ranks 466.9 and 533.1,
// outwards 466 and 535. Binomial ranks, 500 ± 1.96·15.81, lie within.
TEST(PercentileInterval, OfIndependentValues) {
  std::vector<double> values;
  for (std::size_t i = 0; i < 1000; ++i) {
    values.push_back(static_cast<double>(i * 27 % 50 * 20 + i / 50));
  }
  const Ranks ranks = binomial_ranks(1000, 0.5, 0.95);
  EXPECT_NEAR(static_cast<double>(ranks.low), 469, 1);
  EXPECT_NEAR(static_cast<double>(ranks.high), 531, 1);
  const Estimate estimate = percentile_of(values, 50);
  EXPECT_DOUBLE_EQ(estimate.value, 499.5);
  EXPECT_EQ(estimate.low, 465);
  EXPECT_EQ(estimate.high, 534);
}

// Batches of small and of large values in turn: value i of a batch is i, or 100 + i. The median
// lies between 9 and 100, shares are 1 and 0, half is 0.240086 as above. Ranks 200·(0.5 ∓
// 0.240086): floor(51.98) = 51, ceil(148.02) + 1 = 150. In order, every tenth of the lower hundred
// has the same value: rank 51 has 5, rank 150 has 104.
TEST(PercentileInterval, ReachesAsFarAsBatchesDiffer) {
  std::vector<double> values;
  for (std::size_t i = 0; i < 10 * kBatches; ++i) {
    values.push_back((i / 10 % 2 == 0 ? 0.0 : 100.0) + static_cast<double>(i % 10));
  }
  const Estimate estimate = percentile_of(values, 50);
  EXPECT_DOUBLE_EQ(estimate.value, 54.5);
  EXPECT_EQ(estimate.low, 5);
  EXPECT_EQ(estimate.high, 104);
}

// The slow ones come together, in one batch: who knows how often such a batch comes?
TEST(PercentileInterval, HasNoUpperEndWhereOneBatchHoldsTheTail) {
  const std::vector<double> values =
      in_batches([](std::size_t batch) { return batch == 19 ? 20.0 : 0.0; });
  EXPECT_EQ(percentile_of(values, 96).high, kUnbounded);
}

TEST(Intervals, NeedAConfidenceAndValues) {
  EXPECT_THROW(DependentSample({}), InternalError);
  EXPECT_THROW(DependentSample({-1.0}), InternalError);
  const DependentSample sample(std::vector<double>(100, 1.0));
  EXPECT_THROW(static_cast<void>(sample.mean(1)), InternalError);
  EXPECT_THROW(static_cast<void>(sample.percentile(100, 0.95)), InternalError);
}

}  // namespace
}  // namespace kvsim::plan
