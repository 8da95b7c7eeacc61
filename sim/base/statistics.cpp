#include "sim/base/statistics.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim {
namespace {

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

}  // namespace

QuantileRank quantile_rank(double percent, std::int64_t count) {
  const double position = percent / 100 * static_cast<double>(count - 1);
  return {static_cast<std::int64_t>(std::floor(position)), position - std::floor(position)};
}

double lerp(double a, double b, double t) {
  return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}

double percentile(std::span<const double> sorted, double percent) {
  KVSIM_CHECK(!sorted.empty(), "nothing has no percentile");
  const QuantileRank at = quantile_rank(percent, static_cast<std::int64_t>(sorted.size()));
  const auto rank = static_cast<std::size_t>(at.rank);
  return lerp(sorted[rank], sorted[std::min(rank + 1, sorted.size() - 1)], at.fraction);
}

std::vector<std::int64_t> ranks_around(std::span<const double> percents, std::int64_t count) {
  std::vector<std::int64_t> ranks;
  for (const double percent : percents) {
    const std::int64_t rank = quantile_rank(percent, count).rank;
    ranks.push_back(rank);
    ranks.push_back(std::min(rank + 1, count - 1));
  }
  return ranks;
}

std::vector<DurationHistogram::Place> DurationHistogram::places(
    std::span<const std::int64_t> ranks) const {
  std::vector<Place> places;
  Place place;
  for (const std::int64_t rank : ranks) {
    if (rank < place.below) {
      place = {};
    }
    while (place.below + bins_[place.bin] <= rank) {
      place.below += bins_[place.bin++];
    }
    places.push_back(place);
  }
  return places;
}

Duration DurationHistogram::upper_bound() const {
  std::size_t bins = bins_.size();
  while (bins > 0 && bins_[bins - 1] == 0) {
    --bins;
  }
  return bins == 0 ? Duration() : Duration(upper_edge(bins - 1));
}

void DurationHistogram::add_terms(ArithmeticSeries values, std::int64_t terms, std::int64_t count) {
  if (terms == 0 || count == 0) {
    return;
  }
  if (values.step < 0) {  // the same terms, smallest first
    values = {values.term(terms - 1), -values.step};
  }
  KVSIM_CHECK(values.first >= 0, "a latency is negative");
  const std::size_t last = bin_of(Duration(values.term(terms - 1)));
  std::size_t bin = bin_of(Duration(values.first));
  while (bin != last) {  // then the values rise
    const Int128 room = upper_edge(bin) - values.first + values.step - 1;
    const auto inside = static_cast<std::int64_t>(divide_down(room, values.step));
    add_to_bin(bin, inside * count);
    values = values.after(inside);
    terms -= inside;
    bin = bin_of(Duration(values.first));
  }
  add_to_bin(last, terms * count);
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

double DurationHistogram::percentile_ms(double percent) const {
  return percentiles_ms({&percent, 1}).front();
}

std::vector<double> DurationHistogram::percentiles_ms(std::span<const double> percents) const {
  std::vector<double> answers(percents.size());
  if (count_ == 0) {
    return answers;
  }
  const std::vector<Place> found = places(ranks_around(percents, count_));
  for (std::size_t i = 0; i < percents.size(); ++i) {
    const double fraction = quantile_rank(percents[i], count_).fraction;
    const double low = middle_ms(found[2 * i].bin);
    answers[i] = fraction == 0 ? low : lerp(low, middle_ms(found[2 * i + 1].bin), fraction);
  }
  return answers;
}

}  // namespace kvsim
