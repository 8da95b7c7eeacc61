#include "sim/engine/usage_series.hpp"

#include <gtest/gtest.h>

namespace kvsim::engine {
namespace {

const Duration kMillisecond = Duration(kAttosecondsPerMillisecond);

// At k ms: 10 k blocks in use, k kept, 2 k run, 3 k wait, 4 k preemptions.
spec::KvSample sample_at(std::int64_t k) { return {10 * k, k, 2 * k, 3 * k, 4 * k}; }

void take_until(UsageSeries& series, std::int64_t milliseconds) {
  const Int128 end = (kMillisecond * milliseconds).attoseconds();
  while (series.next().since_start().attoseconds() <= end) {
    const Int128 now = series.next().since_start().attoseconds();
    series.take(sample_at(static_cast<std::int64_t>(now / kAttosecondsPerMillisecond)));
  }
}

// The 512th sample makes them too many: those at 2, 4, ..., 512 ms stay, and 514 ms is next.
TEST(UsageSeries, ThinsItselfAndKeepsTheInstants) {
  UsageSeries series;
  take_until(series, 511);
  EXPECT_EQ(series.series().samples.size(), 511U);
  EXPECT_EQ(series.series().interval, kMillisecond);
  take_until(series, 512);
  EXPECT_EQ(series.series().samples.size(), 256U);
  EXPECT_EQ(series.series().interval, kMillisecond * 2);
  EXPECT_EQ(series.next(), SimTime() + kMillisecond * 514);
  for (std::int64_t i = 0; i < 256; ++i) {
    EXPECT_EQ(series.series().samples[static_cast<std::size_t>(i)], sample_at(2 * (i + 1)));
  }
}

TEST(UsageSeries, StaysSmallHoweverLongTheRun) {
  UsageSeries series;
  take_until(series, 1'000'000);  // 1000 s: 2048 ms · 488 = 999.4 s
  EXPECT_EQ(series.series().interval, kMillisecond * 2048);
  EXPECT_EQ(series.series().samples.size(), 488U);
  EXPECT_EQ(series.series().samples.back(), sample_at(488 * 2048));
}

TEST(UsageSeries, MergingAddsWhatReplicasHadAtTheSameInstant) {
  UsageSeries one;
  UsageSeries other;
  take_until(one, 3);
  take_until(other, 3);
  one.merge(other);
  ASSERT_EQ(one.series().samples.size(), 3U);
  EXPECT_EQ(one.series().samples[1], (spec::KvSample{40, 4, 8, 12, 16}));
}

}  // namespace
}  // namespace kvsim::engine
