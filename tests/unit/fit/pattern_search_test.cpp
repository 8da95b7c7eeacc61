// A search without derivatives finds what it is known to find.
#include "calibration/fit/pattern_search.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace kvsim::fit {
namespace {

double squared(double x) { return x * x; }

TEST(PatternSearch, FindsTheMinimumOfATiltedValley) {
  const auto valley = [](const std::vector<double>& x) {
    return squared(std::log(x[0] * x[1] / 6)) + 0.1 * squared(std::log(x[0] / (2 * x[1] / 3)));
  };
  const SearchResult found = pattern_search(valley, {50, 0.01});
  EXPECT_NEAR(found.at[0], 2, 0.03);
  EXPECT_NEAR(found.at[1], 3, 0.05);
  EXPECT_LT(found.evaluations, 300);
}

// Host time that hides behind the GPU up to n = 4: max(5, h0 + h1·n) at n = 1, 8, 16, 32 with h0 =
// 1 and h1 = 1: the flat part has no slope, the rest tells both.
TEST(PatternSearch, FindsHostTimesBehindAPlateau) {
  const auto loss = [](const std::vector<double>& h) {
    double sum = 0;
    for (const double n : {1.0, 8.0, 16.0, 32.0}) {
      sum += squared(std::log(std::max(5.0, h[0] + h[1] * n) / std::max(5.0, 1 + n)));
    }
    return sum;
  };
  const SearchResult found = pattern_search(loss, {0.3, 2});
  EXPECT_NEAR(found.at[0], 1, 0.2);
  EXPECT_NEAR(found.at[1], 1, 0.02);
}

}  // namespace
}  // namespace kvsim::fit
