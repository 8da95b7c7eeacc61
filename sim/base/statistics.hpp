// Summaries of many durations: exact up to a million values, a fine histogram beyond.
//
// Everything is kept in integers, so a summary does not depend on the order of addition.
// Percentiles are type 7 of Hyndman & Fan (1996): linear between order statistics, as numpy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/arithmetic_series.hpp"
#include "sim/base/sim_time.hpp"

namespace kvsim {

/// Counts durations in bins whose edges are whole attoseconds and whose relative width is at
/// most 1/256 (0.39 %): 256 equal bins between neighbouring powers of two, one bin per
/// attosecond below 256 as. Mean and count are exact; percentiles are off by at most a bin.
class DurationHistogram {
 public:
  /// Requires: value >= 0 (checked), count >= 0.
  void add(Duration value, std::int64_t count = 1);
  /// Adds each of the first `terms` terms of `values` `count` times, bin by bin.
  /// Requires: none of them is negative (checked), terms >= 0, count >= 0.
  void add_series(ArithmeticSeries values, std::int64_t terms, std::int64_t count);
  void merge(const DurationHistogram& other);

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] double mean_ms() const;
  [[nodiscard]] double std_ms() const;  ///< population standard deviation, from bin middles
  [[nodiscard]] double percentile_ms(double percent) const;

  static constexpr int kBinsPerOctave = 256;

 private:
  [[nodiscard]] double order_statistic_ms(std::int64_t rank) const;

  std::vector<std::int64_t> bins_;
  std::int64_t count_ = 0;
  Int128 sum_ = 0;
  Int128 last_value_ = -1;  // many tokens share one gap: the bin of the last one is remembered
  std::size_t last_bin_ = 0;
};

/// Durations of requests: exact while there are at most kExactLimit of them, then a histogram.
class DurationSample {
 public:
  static constexpr std::size_t kExactLimit = 1'000'000;

  void add(Duration value);
  [[nodiscard]] std::int64_t count() const;
  [[nodiscard]] bool exact() const { return histogram_.count() == 0; }
  [[nodiscard]] double mean_ms() const;
  [[nodiscard]] double std_ms() const;  ///< population standard deviation, as numpy's default
  [[nodiscard]] double percentile_ms(double percent) const;

 private:
  mutable std::vector<Duration> values_;
  mutable bool sorted_ = true;
  Int128 sum_ = 0;
  DurationHistogram histogram_;
};

}  // namespace kvsim
