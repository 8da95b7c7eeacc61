#include "sim/plan/batch_interval.hpp"

#include <algorithm>
#include <array>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <ranges>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/base/statistics.hpp"

namespace kvsim::plan {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();
using Averages = std::array<double, kBatches>;

// Batches differ by one value at most where their number does not divide that of the values.
template <class Term>
Averages averages_of(std::span<const double> values, Term term) {
  Averages averages{};
  for (std::size_t batch = 0; batch < kBatches; ++batch) {
    const std::size_t begin = values.size() * batch / kBatches;
    const std::size_t end = values.size() * (batch + 1) / kBatches;
    for (const double value : values.subspan(begin, end - begin)) {
      averages[batch] += term(value) / static_cast<double>(end - begin);
    }
  }
  return averages;
}

// t · √(A·S²/b)
double half_width(const Averages& averages, double confidence) {
  constexpr auto kCount = static_cast<double>(kBatches);
  double mean = 0;
  for (const double average : averages) {
    mean += average / kCount;
  }
  double squares = 0;
  double products = 0;
  for (std::size_t i = 0; i < kBatches; ++i) {
    squares += (averages[i] - mean) * (averages[i] - mean);
    products += i > 0 ? (averages[i] - mean) * (averages[i - 1] - mean) : 0;
  }
  if (squares == 0) {
    return 0;
  }
  const double correlation = std::max(0.0, products / squares);
  const double inflation = (1 + correlation) / (1 - correlation);
  const boost::math::students_t student(kCount - 1);
  const double t = boost::math::quantile(boost::math::complement(student, (1 - confidence) / 2));
  return t * std::sqrt(inflation * squares / (kCount - 1) / kCount);
}

void check_arguments(std::span<const double> values, double confidence) {
  KVSIM_CHECK(!values.empty(), "nothing has no interval");
  KVSIM_CHECK(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1");
}

}  // namespace

// P(q < Y_r) = P(fewer than r values lie at or below q), a binomial distribution that grows with r.
Ranks binomial_ranks(std::int64_t count, double p, double confidence) {
  const boost::math::binomial at_or_below(static_cast<double>(count), p);
  const double tail = (1 - confidence) / 2;
  const auto ranks = std::views::iota(std::int64_t{1}, count + 1);
  const auto chance_above = [&](std::int64_t rank) {
    return boost::math::cdf(at_or_below, static_cast<double>(rank - 1));
  };
  const auto how_many = [&](const auto& condition) {
    return static_cast<std::int64_t>(std::ranges::partition_point(ranks, condition) -
                                     ranks.begin());
  };
  return {how_many([&](std::int64_t rank) { return chance_above(rank) <= tail; }),
          how_many([&](std::int64_t rank) { return chance_above(rank) < 1 - tail; }) + 1};
}

Estimate mean_interval(std::span<const double> values, double confidence) {
  check_arguments(values, confidence);
  double mean = 0;
  for (const double value : values) {
    mean += value / static_cast<double>(values.size());
  }
  if (values.size() < 2 * kBatches) {
    return {mean, 0, kUnbounded};
  }
  const double half = half_width(averages_of(values, [](double v) { return v; }), confidence);
  return {mean, std::max(0.0, mean - half), mean + half};
}

Estimate quantile_interval(std::span<const double> values, double percent, double confidence) {
  check_arguments(values, confidence);
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double value = percentile(sorted, percent);
  const auto count = static_cast<std::int64_t>(sorted.size());
  if (values.size() < 2 * kBatches) {
    return {value, 0, kUnbounded};
  }
  const double p = percent / 100;
  const double half =
      half_width(averages_of(values, [&](double v) { return v <= value ? 1.0 : 0.0; }), confidence);
  const Ranks independent = binomial_ranks(count, p, confidence);
  const double n = static_cast<double>(count);
  const auto low = std::min(independent.low, static_cast<std::int64_t>(std::floor(n * (p - half))));
  const auto high =
      std::max(independent.high, static_cast<std::int64_t>(std::ceil(n * (p + half))) + 1);
  const auto at = [&](std::int64_t rank) { return sorted[static_cast<std::size_t>(rank - 1)]; };
  return {value, low < 1 ? 0 : at(low), high > count ? kUnbounded : at(high)};
}

}  // namespace kvsim::plan
