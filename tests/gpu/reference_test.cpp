// Do the slow twins say what the definition says?
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "calibration/kernels/bf16.hpp"
#include "calibration/reference/attention.hpp"

namespace kvsim::test {
namespace {

using kernels::Bf16;
using kernels::to_bf16;

// Two tokens on two pages of 16 (the second page first in the pool), d = 2, q = (1, 0).
// Keys (ln 3, 7) and (0, 5): scores ln 3 and 0, weights 3/4 and 1/4.
// Values (8, 0) and (0, 4): out = (6, 1).
TEST(ReferenceAttention, EqualsThePaperExample) {
  std::vector<Bf16> keys(2 * 16 * 2, kernels::kBf16Nan);
  std::vector<Bf16> values(2 * 16 * 2, kernels::kBf16Nan);
  const std::vector<int> table = {1, 0};
  const std::vector<std::int64_t> begin = {0};
  const auto put = [&](int page, int token, float k0, float k1, float v0, float v1) {
    const auto at = static_cast<std::size_t>((page * 16 + token) * 2);
    keys[at] = to_bf16(k0);
    keys[at + 1] = to_bf16(k1);
    values[at] = to_bf16(v0);
    values[at + 1] = to_bf16(v1);
  };
  for (int token = 0; token < 15; ++token) {
    put(1, token, -1000, 0, 100, 100);  // weigh nothing
  }
  put(1, 15, 1, 7, 8, 0);
  put(0, 0, 0, 5, 0, 4);
  const std::vector<Bf16> query = {to_bf16(1), to_bf16(0)};
  const kernels::PagedCache cache{keys.data(), values.data(), 32,          2, 0,
                                  4,           table.data(),  begin.data()};
  const auto out = reference::attend(cache, 0, 0, 17, query.data(), 2, 2, std::log2(3.0));
  EXPECT_NEAR(out[0], 6, 1e-12);
  EXPECT_NEAR(out[1], 1, 1e-12);
}

// softmax over all tokens = merge of softmaxes over any cut of them.
TEST(ReferenceAttention, MergesPiecesIntoTheWhole) {
  std::mt19937 random(3);
  std::normal_distribution<double> normal(0, 5);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> scores(40);
    std::vector<double> values(40);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      scores[i] = normal(random);
      values[i] = normal(random);
    }
    const auto piece = [&](std::size_t from, std::size_t to, double& log2_sum) {
      double sum = 0;
      double weighted = 0;
      for (std::size_t i = from; i < to; ++i) {
        sum += std::exp2(scores[i]);
        weighted += std::exp2(scores[i]) * values[i];
      }
      log2_sum = std::log2(sum);
      return std::vector<double>{weighted / sum};
    };
    double whole = 0;
    const auto expected = piece(0, 40, whole);
    const std::size_t cut = 1 + random() % 38;
    std::vector<double> log2_sums(2);
    const auto first = piece(0, cut, log2_sums[0]);
    const auto second = piece(cut, 40, log2_sums[1]);
    EXPECT_NEAR(reference::merge({first, second}, log2_sums)[0], expected[0], 1e-9);
  }
}

TEST(ReferenceErrors, SeeNotANumber) {
  EXPECT_TRUE(std::isnan(reference::relative_error({NAN, 1}, {1, 1})));
  EXPECT_DOUBLE_EQ(reference::relative_error({3, 4}, {0, 0}), 5);
  EXPECT_DOUBLE_EQ(reference::relative_error({1.1, 0}, {1, 0}), 0.10000000000000009);
}

// OCP 8-bit Floating Point Specification 1.0, table 1: largest 448, smallest 2^-6 normal and 2^-9
// subnormal, 0x7f not a number.
TEST(E4m3, HasTheValuesOfItsStandard) {
  EXPECT_EQ(reference::e4m3_value(0x7e), 448);
  EXPECT_EQ(reference::e4m3_value(0xfe), -448);
  EXPECT_EQ(reference::e4m3_value(0x38), 1);
  EXPECT_EQ(reference::e4m3_value(0x08), std::ldexp(1, -6));
  EXPECT_EQ(reference::e4m3_value(0x01), std::ldexp(1, -9));
  EXPECT_TRUE(std::isnan(reference::e4m3_value(0x7f)));
}

// 1 + 2^-8 lies between 1 and 1 + 2^-7: ties go to the even mantissa, 1.
TEST(Bf16, RoundsToNearestEven) {
  EXPECT_EQ(kernels::to_float(to_bf16(1.0F + 0x1p-8F)), 1.0F);
  EXPECT_EQ(kernels::to_float(to_bf16(1.0F + 3 * 0x1p-8F)), 1.0F + 0x1p-6F);
  EXPECT_EQ(kernels::to_float(to_bf16(-2.5F)), -2.5F);
  EXPECT_TRUE(std::isnan(kernels::to_float(to_bf16(NAN))));
}

}  // namespace
}  // namespace kvsim::test
