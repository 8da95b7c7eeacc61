#include "sim/model/experts.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace kvsim::model {
namespace {

ExpertTraffic experts_of(std::int64_t here, std::int64_t all, std::int64_t per_token, double skew) {
  return {here, all, per_token, 1, inclusion_chances(all, per_token, skew)};
}

// PHYSICS 2.3: E = 256, k = 8, 32 tokens: uniform 163.3, popularity e^-1.2: 88.
TEST(Experts, SkewedRoutingTouchesFewer) {
  EXPECT_NEAR(distinct_experts(experts_of(256, 256, 8, 0), 32), 163.3, 0.1);
  EXPECT_NEAR(distinct_experts(experts_of(256, 256, 8, 1.2), 32), 88, 1);
}

// Gumbel top-k: the k largest of ln w_e plus a Gumbel draw. The closed form is within 2 %.
TEST(Experts, ClosedFormAgreesWithGumbelTopK) {
  constexpr int kExperts = 128;
  constexpr int kPerToken = 8;
  constexpr int kTokens = 32;
  constexpr int kRounds = 400;
  std::mt19937_64 random(1);
  double touched = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<bool> used(kExperts);
    for (int token = 0; token < kTokens; ++token) {
      std::vector<std::pair<double, int>> scores;
      for (int e = 0; e < kExperts; ++e) {
        const double u = (static_cast<double>(random() >> 11) + 0.5) * 0x1p-53;
        scores.emplace_back(-0.6 * std::log(e + 1.0) - std::log(-std::log(u)), e);
      }
      std::partial_sort(scores.begin(), scores.begin() + kPerToken, scores.end(), std::greater<>());
      for (int i = 0; i < kPerToken; ++i) {
        used[static_cast<std::size_t>(scores[static_cast<std::size_t>(i)].second)] = true;
      }
    }
    touched += static_cast<double>(std::count(used.begin(), used.end(), true));
  }
  const double closed = distinct_experts(experts_of(kExperts, kExperts, kPerToken, 0.6), kTokens);
  EXPECT_NEAR(closed / (touched / kRounds), 1, 0.02);
}

RC_GTEST_PROP(Experts, ChancesSumToTheExpertsOfAToken, ()) {
  const auto all = *rc::gen::inRange<std::int64_t>(2, 512);
  const auto per_token = *rc::gen::inRange<std::int64_t>(1, all);
  const double skew = 0.1 * *rc::gen::inRange(1, 20);
  const std::vector<double> chances = inclusion_chances(all, per_token, skew);
  const double sum = std::accumulate(chances.begin(), chances.end(), 0.0);
  RC_ASSERT(std::abs(sum - static_cast<double>(per_token)) < 1e-6 * static_cast<double>(all));
  RC_ASSERT(std::is_sorted(chances.rbegin(), chances.rend()));
  RC_ASSERT(chances.front() <= 1);
}

// PHYSICS 2.3: 32 GPUs with 64 tokens each on average: the busiest has 81.1.
TEST(Experts, BusiestGpuHasMoreThanItsShare) {
  EXPECT_NEAR(64 + 8 * expected_largest(32, 1.0 / 8), 81.1, 0.1);
  // 512 experts, 1 per token, 16 on each of 32 GPUs; 2048 tokens: 64 per GPU.
  EXPECT_NEAR(load_imbalance(experts_of(16, 512, 1, 0), 2048), 81.1 / 64, 0.01);
}

TEST(Experts, OneGpuHasItAll) {
  EXPECT_EQ(load_imbalance(experts_of(128, 128, 8, 0.5), 100), 1);
  EXPECT_EQ(busiest_distinct_experts(experts_of(128, 128, 8, 0), 10),
            distinct_experts(experts_of(128, 128, 8, 0), 10));
}

RC_GTEST_PROP(Experts, BusiestIsBetweenTheMeanAndAll, ()) {
  const auto ranks = *rc::gen::element<std::int64_t>(1, 2, 4, 8, 16, 32);
  const ExpertTraffic experts = experts_of(128 / ranks, 128, 8, 0.1 * *rc::gen::inRange(0, 12));
  const auto tokens = *rc::gen::inRange<std::int64_t>(1, 5000);
  const double mean = distinct_experts(experts, tokens);
  RC_ASSERT(busiest_distinct_experts(experts, tokens) >= mean);
  RC_ASSERT(busiest_distinct_experts(experts, tokens) <= static_cast<double>(experts.experts));
  RC_ASSERT(load_imbalance(experts, tokens) >= 1);
  RC_ASSERT(load_imbalance(experts, tokens) <= static_cast<double>(ranks));
}

}  // namespace
}  // namespace kvsim::model
