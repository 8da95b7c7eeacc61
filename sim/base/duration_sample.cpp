#include "sim/base/duration_sample.hpp"

#include <algorithm>
#include <bit>
#include <boost/sort/pdqsort/pdqsort.hpp>
#include <cmath>

namespace kvsim {
namespace {

constexpr int kDoubleBits = 53;
constexpr int kWordBits = 63;  // of a signed word

int bits_of(Int128 value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  const auto low = static_cast<std::uint64_t>(value);
  return high != 0 ? 128 - std::countl_zero(high) : 64 - std::countl_zero(low);
}

}  // namespace

template <class Visit>
void DurationSample::visit(Visit&& visit) const {
  const auto visit_all = [&](auto value_at) {
    auto left = static_cast<std::size_t>(count());
    for (const Chunk* chunk : chunks_) {
      const std::size_t here = std::min(left, kChunk);
      for (std::size_t i = 0; i < here; ++i) {
        visit(value_at(*chunk, i));
      }
      left -= here;
    }
  };
  if (bits_of(histogram_.upper_bound().attoseconds()) <= kWordBits) {
    visit_all([](const Chunk& chunk, std::size_t i) { return chunk.short_at(i); });
  } else {
    visit_all([](const Chunk& chunk, std::size_t i) { return chunk.at(i); });
  }
}

// Beyond what is kept one chunk is enough.
void DurationSample::begin_chunk() {
  count_values();
  if (!exact()) {
    chunks_.clear();
    memory_.clear();
  }
  last_ = memory_.add();
  chunks_.push_back(last_);
  filled_ = counted_ = 0;
}

void DurationSample::count_values() {
  if (counted_ < filled_) {
    const auto value = [chunk = last_, from = counted_](std::size_t i) {
      return Duration(chunk->at(from + i));
    };
    histogram_.add_all(filled_ - counted_, value);
    counted_ = filled_;
  }
}

double DurationSample::mean_ms() {
  count_values();
  return histogram_.mean_ms();
}

// Distances from the mean, shifted until the largest possible one has 53 bits: the sum of a million
// squares then fits 128 bits, and what is shifted out is below a double's resolution.
double DurationSample::std_ms() {
  count_values();
  if (!exact()) {
    return histogram_.std_ms();
  }
  if (count() == 0) {
    return 0;
  }
  const Int128 mean = round_div(histogram_.sum(), count());
  const int bits = bits_of(histogram_.upper_bound().attoseconds());
  const int shift = std::max(0, bits - kDoubleBits);
  Int128 squares = 0;
  const auto add = [&](auto distance) {
    const auto scaled = static_cast<std::int64_t>((distance < 0 ? -distance : distance) >> shift);
    squares += static_cast<Int128>(scaled) * scaled;
  };
  visit([&](auto value) { add(value - static_cast<decltype(value)>(mean)); });
  const double variance = static_cast<double>(squares) / static_cast<double>(count());
  return std::ldexp(std::sqrt(variance), shift) * 1e-15;
}

double DurationSample::percentile_ms(double percent) {
  return percentiles_ms({&percent, 1}).front();
}

std::vector<double> DurationSample::percentiles_ms(std::span<const double> percents) {
  count_values();
  if (!exact()) {
    return histogram_.percentiles_ms(percents);
  }
  std::vector<double> answers(percents.size());
  if (count() == 0) {
    return answers;
  }
  const std::vector<Duration> found = order_statistics(ranks_around(percents, count()));
  for (std::size_t i = 0; i < percents.size(); ++i) {
    const double fraction = quantile_rank(percents[i], count()).fraction;
    const double low = to_milliseconds(found[2 * i]);
    answers[i] = fraction == 0 ? low : lerp(low, to_milliseconds(found[2 * i + 1]), fraction);
  }
  return answers;
}

std::vector<Duration> DurationSample::order_statistics(std::span<const std::int64_t> ranks) const {
  constexpr std::size_t kUnwanted = 0;
  const std::vector<DurationHistogram::Place> places = histogram_.places(ranks);
  std::vector<std::pmr::vector<Int128>> in_bin(1);  // of the bins that hold a rank
  std::vector<std::size_t> wanted(histogram_.bins(), kUnwanted);
  for (const DurationHistogram::Place& place : places) {
    std::size_t& index = wanted[place.bin];
    if (index == kUnwanted) {
      index = in_bin.size();
      in_bin.emplace_back(&huge_pages())
          .reserve(static_cast<std::size_t>(histogram_.count_in(place)));
    }
  }
  visit([&](auto value) {
    const std::size_t index = wanted[DurationHistogram::bin_of(value)];
    if (index != kUnwanted) {
      in_bin[index].push_back(value);
    }
  });
  for (std::pmr::vector<Int128>& values : in_bin) {
    boost::sort::pdqsort_branchless(values.begin(), values.end());
  }
  std::vector<Duration> found;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const auto at = static_cast<std::size_t>(ranks[i] - places[i].below);
    found.emplace_back(in_bin[wanted[places[i].bin]][at]);
  }
  return found;
}

}  // namespace kvsim
