#include "sim/base/arithmetic_series.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/base/statistics.hpp"

namespace kvsim {
namespace {

// 10 + 13 + 16 + 19 = 58.
TEST(ArithmeticSeries, SumsItsTerms) {
  const ArithmeticSeries series{10, 3};
  EXPECT_TRUE(series.term(3) == 19);
  EXPECT_TRUE(series.sum(4) == 58);
  EXPECT_TRUE(series.sum(0) == 0);
  EXPECT_TRUE(series.after(1).sum(3) == 48);
}

// The sums are 10, 23, 39, 58.
TEST(ArithmeticSeries, FindsHowManyTermsReachATarget) {
  const ArithmeticSeries series{10, 3};
  EXPECT_EQ(series.terms_to_reach(0, 4), 1);  // at least one
  EXPECT_EQ(series.terms_to_reach(10, 4), 1);
  EXPECT_EQ(series.terms_to_reach(11, 4), 2);
  EXPECT_EQ(series.terms_to_reach(23, 4), 2);
  EXPECT_EQ(series.terms_to_reach(24, 4), 3);
  EXPECT_EQ(series.terms_to_reach(58, 4), 4);
  EXPECT_EQ(series.terms_to_reach(59, 4), 4);  // at most
}

// Two days of steps of 10 ms that grow by 1 us: their discriminant has more than 128 bits.
TEST(ArithmeticSeries, IsExactOverDays) {
  const ArithmeticSeries series{Int128{10} * 1'000'000'000'000'000, Int128{1'000'000'000'000}};
  constexpr std::int64_t kTerms = 580'000;
  const Int128 sum = series.sum(kTerms);
  ASSERT_TRUE(sum > Int128{172'800} * 1'000'000'000'000'000'000 * 9 / 10);
  EXPECT_EQ(series.terms_to_reach(sum - 1, 1'000'000), kTerms);
  EXPECT_EQ(series.terms_to_reach(sum, 1'000'000), kTerms);
  EXPECT_EQ(series.terms_to_reach(sum + 1, 1'000'000), kTerms + 1);
}

RC_GTEST_PROP(ArithmeticSeries, ReachesATargetAtTheFirstTermThatDoes, ()) {
  const auto between = [](std::int64_t low, std::int64_t high) {
    return *rc::gen::inRange<std::int64_t>(low, high + 1);
  };
  const std::int64_t most = between(1, 300);
  const std::int64_t first = between(0, 1'000'000);
  const std::int64_t fall = most > 1 ? first / (most - 1) : 0;
  const ArithmeticSeries series{first, between(-fall, 10'000)};
  const Int128 target = between(0, 400'000'000);
  const std::int64_t terms = series.terms_to_reach(target, most);
  RC_ASSERT(terms >= 1 && terms <= most);
  RC_ASSERT(terms == most || series.sum(terms) >= target);
  RC_ASSERT(terms == 1 || series.sum(terms - 1) < target);
}

bool same(const DurationHistogram& a, const DurationHistogram& b) {
  bool equal = a.count() == b.count() && a.mean_ms() == b.mean_ms() && a.std_ms() == b.std_ms();
  for (double percent = 0; percent <= 100; percent += 2.5) {
    equal = equal && a.percentile_ms(percent) == b.percentile_ms(percent);
  }
  return equal;
}

// 254, 255 have bins of their own, 256 and 257 share none either, 512 and 513 share one.
TEST(DurationHistogram, AddsASeriesAcrossBinEdges) {
  for (const std::int64_t first : {0, 250, 500, 1020}) {
    for (const std::int64_t step : {0, 1, 3, 1000}) {
      DurationHistogram one_by_one;
      for (std::int64_t k = 0; k < 20; ++k) {
        one_by_one.add(Duration(Int128{first} + step * k), 7);
      }
      DurationHistogram series;
      series.add_series({first, step}, 20, Duration(ArithmeticSeries{first, step}.sum(20)), 7);
      EXPECT_TRUE(same(one_by_one, series)) << first << " " << step;
    }
  }
}

RC_GTEST_PROP(DurationHistogram, AddingASeriesIsAddingItsTerms, ()) {
  const auto bits = *rc::gen::inRange(0, 62);
  const auto first = *rc::gen::inRange<std::int64_t>(0, (std::int64_t{1} << bits) + 1);
  const auto terms = *rc::gen::inRange<std::int64_t>(0, 500);
  const auto rise = *rc::gen::inRange<std::int64_t>(0, first / 16 + 3);
  const bool falls = *rc::gen::arbitrary<bool>();
  const std::int64_t step = falls && terms > 1 ? -(first / terms) : rise;
  const auto count = *rc::gen::inRange<std::int64_t>(0, 300);
  DurationHistogram one_by_one;
  DurationHistogram series;
  one_by_one.add(Duration(Int128{1000}));
  series.add(Duration(Int128{1000}));
  for (std::int64_t k = 0; k < terms; ++k) {
    one_by_one.add(Duration(Int128{first} + Int128{step} * k), count);
  }
  series.add_series({first, step}, terms, Duration(ArithmeticSeries{first, step}.sum(terms)),
                    count);
  one_by_one.add(Duration(Int128{1000}));
  series.add(Duration(Int128{1000}));
  RC_ASSERT(same(one_by_one, series));
}

}  // namespace
}  // namespace kvsim
