// A fine histogram of many durations. Everything is kept in integers, so a summary does not depend
// on the order of addition. Percentiles are type 7 of Hyndman & Fan (1996): linear between order
// statistics, as numpy.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/arithmetic_series.hpp"
#include "sim/base/check.hpp"
#include "sim/base/sim_time.hpp"

namespace kvsim {

/// Where a percentile lies among `count` sorted values: between those at `rank` and `rank` + 1.
struct QuantileRank {
  std::int64_t rank = 0;
  double fraction = 0;
};
[[nodiscard]] QuantileRank quantile_rank(double percent, std::int64_t count);
/// Of each percentile the two ranks that it lies between; the last one twice at the upper end.
/// Requires: count > 0.
[[nodiscard]] std::vector<std::int64_t> ranks_around(std::span<const double> percents,
                                                     std::int64_t count);
/// numpy's: exact at both ends and monotone.
[[nodiscard]] double lerp(double a, double b, double t);
/// Requires: ascending, not empty (checked).
[[nodiscard]] double percentile(std::span<const double> sorted, double percent);

/// Counts durations in bins whose edges are whole attoseconds and whose relative width is at
/// most 1/256 (0.39 %): 256 equal bins between neighbouring powers of two, one bin per
/// attosecond below 256 as. Mean and count are exact; percentiles are off by at most a bin.
class DurationHistogram {
 public:
  /// Requires: value >= 0 (checked), count >= 0.
  void add(Duration value, std::int64_t count = 1) {
    KVSIM_CHECK(value.attoseconds() >= 0, "a latency is negative");
    add_to_bin(bin_of(value), count);
    count_ += count;
    sum_ += value.attoseconds() * count;
  }
  /// Adds value(0), ..., value(count - 1). Requires: none is negative.
  template <class Value>
  void add_all(std::size_t count, Value&& value) {
    Int128 sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const Duration each = value(i);
      add_to_bin(bin_of(each), 1);
      sum += each.attoseconds();
    }
    sum_ += sum;
    count_ += static_cast<std::int64_t>(count);
  }
  /// Adds each of the first `terms` terms of `values`, whose sum is `sum`, `count` times.
  /// Requires: none of them is negative (checked), terms >= 0, count >= 0.
  void add_series(const ArithmeticSeries& values, std::int64_t terms, Duration sum,
                  std::int64_t count) {
    count_ += terms * count;
    sum_ += sum.attoseconds() * count;
    const std::size_t bin = bin_of(Duration(values.first));
    if (values.first > 0 && bin < bins_.size() &&
        (terms == 1 || bin == bin_of(Duration(values.term(terms - 1))))) {
      bins_[bin] += terms * count;
    } else {
      add_terms(values, terms, count);
    }
  }
  void merge(const DurationHistogram& other);

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] double mean_ms() const;
  [[nodiscard]] double std_ms() const;  ///< population standard deviation, from bin middles
  [[nodiscard]] double percentile_ms(double percent) const;
  /// All of them, in one pass over the bins if they ascend.
  [[nodiscard]] std::vector<double> percentiles_ms(std::span<const double> percents) const;

  static constexpr int kOctaveBits = 8;
  static constexpr int kBinsPerOctave = 1 << kOctaveBits;

  /// Which bin holds the value with `rank` values below it, and how many lie in bins below.
  struct Place {
    std::size_t bin = 0;
    std::int64_t below = 0;
  };
  /// Values in that bin.
  [[nodiscard]] std::int64_t count_in(const Place& place) const { return bins_[place.bin]; }
  /// By rank; in one pass over the bins if they ascend. Requires: each rank < count().
  [[nodiscard]] std::vector<Place> places(std::span<const std::int64_t> ranks) const;
  [[nodiscard]] std::size_t bins() const { return bins_.size(); }
  /// Values below kBinsPerOctave have a bin each; above, the leading bits choose it.
  [[nodiscard]] static std::size_t bin_of(Duration value) { return bin_of(value.attoseconds()); }
  [[nodiscard]] static std::size_t bin_of(Int128 ticks) {
    const auto high = static_cast<std::uint64_t>(ticks >> 64);
    if (high == 0) {
      return bin_of(static_cast<std::uint64_t>(ticks));
    }
    const int shift = 127 - std::countl_zero(high) - kOctaveBits;
    return static_cast<std::size_t>(shift) * kBinsPerOctave +
           static_cast<std::size_t>(ticks >> shift);
  }
  [[nodiscard]] static std::size_t bin_of(std::uint64_t ticks) {
    if (ticks < kBinsPerOctave) {
      return ticks;
    }
    const int shift = 63 - std::countl_zero(ticks) - kOctaveBits;
    return static_cast<std::size_t>(shift) * kBinsPerOctave + (ticks >> shift);
  }
  [[nodiscard]] static std::size_t bin_of(std::int64_t ticks) {
    return bin_of(static_cast<std::uint64_t>(ticks));
  }
  /// Above every value; 0 when there are none.
  [[nodiscard]] Duration upper_bound() const;
  [[nodiscard]] Int128 sum() const { return sum_; }

 private:
  /// Bin by bin.
  void add_terms(ArithmeticSeries values, std::int64_t terms, std::int64_t count);
  void add_to_bin(std::size_t bin, std::int64_t count) {
    if (bin >= bins_.size()) {
      bins_.resize(bin + 1);
    }
    bins_[bin] += count;
  }

  std::vector<std::int64_t> bins_;
  std::int64_t count_ = 0;
  Int128 sum_ = 0;
};

}  // namespace kvsim
