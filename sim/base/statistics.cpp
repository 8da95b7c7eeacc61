#include "sim/base/statistics.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim {
namespace {

constexpr int kOctaveBits = std::countr_zero(unsigned{DurationHistogram::kBinsPerOctave});

int highest_bit(Int128 value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  const auto low = static_cast<std::uint64_t>(value);
  return high != 0 ? 127 - std::countl_zero(high) : 63 - std::countl_zero(low);
}

// Values below kBinsPerOctave have a bin each; above, the leading kOctaveBits bits choose it.
std::size_t bin_of(Int128 value) {
  if (value < DurationHistogram::kBinsPerOctave) {
    return static_cast<std::size_t>(value);
  }
  const int shift = highest_bit(value) - kOctaveBits;
  const auto within = static_cast<std::size_t>(value >> shift) - DurationHistogram::kBinsPerOctave;
  return static_cast<std::size_t>(shift + 1) * DurationHistogram::kBinsPerOctave + within;
}

// The smallest value that lies above `bin`.
Int128 upper_edge(std::size_t bin) {
  constexpr std::size_t kBins = DurationHistogram::kBinsPerOctave;
  if (bin < kBins) {
    return static_cast<Int128>(bin) + 1;
  }
  return static_cast<Int128>(bin % kBins + kBins + 1) << (bin / kBins - 1);
}

double middle_ms(std::size_t bin) {
  constexpr std::size_t kBins = DurationHistogram::kBinsPerOctave;
  if (bin < kBins) {
    return to_milliseconds(Duration(static_cast<Int128>(bin)));
  }
  const auto shift = static_cast<int>(bin / kBins) - 1;
  const double low = std::ldexp(static_cast<double>(bin % kBins + kBins), shift);
  return (low + std::ldexp(0.5, shift)) * 1e-15;
}

double fraction_of_rank(double percent, std::int64_t count, std::int64_t& rank) {
  const double position = percent / 100 * static_cast<double>(count - 1);
  rank = static_cast<std::int64_t>(std::floor(position));
  return position - std::floor(position);
}

// numpy's lerp: exact at both ends and monotone.
double lerp(double a, double b, double t) {
  return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}

}  // namespace

void DurationHistogram::add(Duration value, std::int64_t count) {
  KVSIM_CHECK(value.attoseconds() >= 0, "a latency is negative");
  if (count == 0) {
    return;
  }
  if (value.attoseconds() != last_value_) {
    last_value_ = value.attoseconds();
    last_bin_ = bin_of(last_value_);
    if (last_bin_ >= bins_.size()) {
      bins_.resize(last_bin_ + 1);
    }
  }
  bins_[last_bin_] += count;
  count_ += count;
  sum_ += value.attoseconds() * count;
}

void DurationHistogram::add_series(ArithmeticSeries values, std::int64_t terms,
                                   std::int64_t count) {
  if (terms == 0 || count == 0) {
    return;
  }
  if (values.step < 0) {  // the same terms, smallest first
    values = {values.term(terms - 1), -values.step};
  }
  KVSIM_CHECK(values.first >= 0, "a latency is negative");
  count_ += terms * count;
  sum_ += values.sum(terms) * count;
  bins_.resize(std::max(bins_.size(), bin_of(values.term(terms - 1)) + 1));
  for (std::int64_t done = 0; done < terms;) {
    const Int128 value = values.term(done);
    const std::size_t bin = bin_of(value);
    Int128 inside = terms - done;
    if (values.step > 0) {
      inside = std::min(inside, (upper_edge(bin) - value + values.step - 1) / values.step);
    }
    bins_[bin] += static_cast<std::int64_t>(inside) * count;
    done += static_cast<std::int64_t>(inside);
  }
}

void DurationHistogram::merge(const DurationHistogram& other) {
  bins_.resize(std::max(bins_.size(), other.bins_.size()));
  for (std::size_t i = 0; i < other.bins_.size(); ++i) {
    bins_[i] += other.bins_[i];
  }
  count_ += other.count_;
  sum_ += other.sum_;
}

double DurationHistogram::mean_ms() const {
  return count_ == 0 ? 0 : to_milliseconds(Duration(sum_)) / static_cast<double>(count_);
}

double DurationHistogram::std_ms() const {
  const double mean = mean_ms();
  double squares = 0;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    if (bins_[i] != 0) {
      const double distance = middle_ms(i) - mean;
      squares += distance * distance * static_cast<double>(bins_[i]);
    }
  }
  return count_ == 0 ? 0 : std::sqrt(squares / static_cast<double>(count_));
}

double DurationHistogram::order_statistic_ms(std::int64_t rank) const {
  std::int64_t below = 0;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    below += bins_[i];
    if (below > rank) {
      return middle_ms(i);
    }
  }
  return 0;
}

double DurationHistogram::percentile_ms(double percent) const {
  if (count_ == 0) {
    return 0;
  }
  std::int64_t rank = 0;
  const double fraction = fraction_of_rank(percent, count_, rank);
  const double low = order_statistic_ms(rank);
  return fraction == 0 ? low : lerp(low, order_statistic_ms(rank + 1), fraction);
}

void DurationSample::add(Duration value) {
  sum_ += value.attoseconds();
  if (!exact()) {
    histogram_.add(value);
    return;
  }
  values_.push_back(value);
  sorted_ = false;
  if (values_.size() > kExactLimit) {
    for (const Duration each : values_) {
      histogram_.add(each);
    }
    values_ = {};
  }
}

std::int64_t DurationSample::count() const {
  return exact() ? static_cast<std::int64_t>(values_.size()) : histogram_.count();
}

double DurationSample::mean_ms() const {
  return count() == 0 ? 0 : to_milliseconds(Duration(sum_)) / static_cast<double>(count());
}

double DurationSample::std_ms() const {
  if (!exact()) {
    return histogram_.std_ms();
  }
  if (values_.empty()) {
    return 0;
  }
  static_cast<void>(percentile_ms(0));  // sorts, so that the sum below has one order
  const double mean = mean_ms();
  double squares = 0;
  for (const Duration value : values_) {
    const double distance = to_milliseconds(value) - mean;
    squares += distance * distance;
  }
  return std::sqrt(squares / static_cast<double>(values_.size()));
}

double DurationSample::percentile_ms(double percent) const {
  if (!exact()) {
    return histogram_.percentile_ms(percent);
  }
  if (values_.empty()) {
    return 0;
  }
  if (!sorted_) {
    std::sort(values_.begin(), values_.end());
    sorted_ = true;
  }
  std::int64_t rank = 0;
  const double fraction = fraction_of_rank(percent, count(), rank);
  const auto index = static_cast<std::size_t>(rank);
  const double low = to_milliseconds(values_[index]);
  return fraction == 0 ? low : lerp(low, to_milliseconds(values_[index + 1]), fraction);
}

}  // namespace kvsim
