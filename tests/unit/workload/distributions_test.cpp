#include "sim/workload/distributions.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "sample_moments.hpp"

namespace kvsim::workload {
namespace {

std::vector<double> sample(const std::function<double(RandomDraws&)>& draw) {
  const Rng stream = Rng::stream("test", 7);
  std::vector<double> values;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    RandomDraws draws = stream.at(i);
    values.push_back(draw(draws));
  }
  return values;
}

// The share of draws below the p-quantile is p, with standard deviation sqrt(p(1-p)/N);
// four of those are allowed (one sample in 16 000 would fail; the seed is fixed).
void expect_quantile(const std::vector<double>& values, double quantile, double p) {
  double below = 0;
  for (const double value : values) {
    below += value < quantile ? 1 : 0;
  }
  EXPECT_NEAR(below / kDraws, p, 4 * std::sqrt(p * (1 - p) / kDraws)) << "quantile " << p;
}

// Reference values: scipy.special.ndtri, SciPy 1.17.
TEST(NormalQuantile, EqualsPublishedValues) {
  EXPECT_EQ(normal_quantile(0.5), 0);
  EXPECT_NEAR(normal_quantile(0.6), 0.2533471031357997, 1e-15);
  EXPECT_NEAR(normal_quantile(0.925), 1.4395314709384563, 3e-15);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 3e-15);
  EXPECT_NEAR(normal_quantile(0.99), 2.3263478740408408, 3e-15);
  EXPECT_NEAR(normal_quantile(0.999), 3.090232306167813, 1e-13);  // 1 - 0.999 is rounded
  EXPECT_NEAR(normal_quantile(1e-10), -6.361340902404056, 1e-14);
  EXPECT_NEAR(normal_quantile(1e-16), -8.222082216130435, 1e-14);
}

TEST(NormalQuantile, IsOddAndRises) {
  double before = normal_quantile(0x1p-53);
  for (int i = 1; i < 4096; ++i) {
    const double p = i / 4096.0;
    EXPECT_EQ(normal_quantile(p), -normal_quantile(1 - p));
    EXPECT_GT(normal_quantile(p), before);
    before = normal_quantile(p);
  }
}

TEST(DrawExponential, HasMeanOneAndVarianceOne) {
  const auto values = sample(draw_exponential);
  EXPECT_NEAR(mean(values), 1, 4 / std::sqrt(kDraws));
  EXPECT_NEAR(variance(values), 1, 4 * std::sqrt(8.0 / kDraws));  // var of (x-1)² is 9 - 1
  expect_quantile(values, std::log(2), 0.5);
  expect_quantile(values, std::log(100), 0.99);
}

TEST(DrawNormal, HasMeanZeroAndVarianceOne) {
  const auto values = sample(draw_normal);
  EXPECT_NEAR(mean(values), 0, 4 / std::sqrt(kDraws));
  EXPECT_NEAR(variance(values), 1, 4 * std::sqrt(2.0 / kDraws));
  expect_quantile(values, -1.2815515655446004, 0.1);
  expect_quantile(values, 2.3263478740408408, 0.99);
}

// Mean and variance of a gamma with scale 1 are its shape. Quantiles: scipy.stats.gamma.ppf.
TEST(DrawGamma, BelowShapeOneHasTheMomentsAndQuantilesOfTheory) {
  const auto values = sample([](RandomDraws& draws) { return draw_gamma(draws, 0.5); });
  EXPECT_NEAR(mean(values), 0.5, 4 * std::sqrt(0.5 / kDraws));
  EXPECT_NEAR(variance(values), 0.5, 0.02);
  expect_quantile(values, 0.00789538704671561, 0.1);
  expect_quantile(values, 0.227468211559786, 0.5);
  expect_quantile(values, 1.352771727047702, 0.9);
  expect_quantile(values, 3.3174483005106072, 0.99);
}

TEST(DrawGamma, AboveShapeOneHasTheMomentsAndQuantilesOfTheory) {
  const auto values = sample([](RandomDraws& draws) { return draw_gamma(draws, 3.0); });
  EXPECT_NEAR(mean(values), 3, 4 * std::sqrt(3.0 / kDraws));
  EXPECT_NEAR(variance(values), 3, 0.1);
  expect_quantile(values, 1.1020653282493214, 0.1);
  expect_quantile(values, 2.674060313723559, 0.5);
  expect_quantile(values, 5.322320337834211, 0.9);
  expect_quantile(values, 8.405946914885464, 0.99);
}

TEST(DrawGamma, StaysFiniteAtTheSmallestBurstiness) {
  for (const double value : sample([](RandomDraws& draws) { return draw_gamma(draws, 1e-3); })) {
    ASSERT_TRUE(value >= 0 && value < 100) << value;
  }
}

}  // namespace
}  // namespace kvsim::workload
