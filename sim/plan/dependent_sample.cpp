#include "sim/plan/dependent_sample.hpp"

#include <algorithm>
#include <array>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/sort/spreadsort/float_sort.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <ranges>

#include "sim/base/check.hpp"
#include "sim/base/statistics.hpp"

namespace kvsim::plan {
namespace {

constexpr double kUnbounded = std::numeric_limits<double>::infinity();
constexpr std::size_t kBatches = DependentSample::kBatches;
constexpr auto kCount = static_cast<double>(kBatches);
constexpr double kForALowEnd = 20;  // independent values
constexpr double kForAHighEnd = 200;
constexpr double kForAMeansHighEnd = 400;
constexpr double kAlike = 1e-9;  // of the mean: rounding, which has a pattern of its own
using Averages = std::array<double, kBatches>;

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Mean product of what values `distance` apart differ from `mean` by.
double covariance(std::span<const double> values, double mean, std::size_t distance) {
  double sum = 0;
  for (std::size_t i = distance; i < values.size(); ++i) {
    sum += (values[i] - mean) * (values[i - distance] - mean);
  }
  return sum / static_cast<double>(values.size());
}

// Sokal's window. Ends where more than a twentieth of all would be worth one.
double values_for_one(std::span<const double> values, double mean, double variance) {
  constexpr std::size_t kFive = 5;
  std::vector<double> fives(values.size() / kFive);
  for (std::size_t i = 0; i < fives.size(); ++i) {
    fives[i] = mean_of(values.subspan(kFive * i, kFive));
  }
  const double of_fives = fives.empty() ? 0 : covariance(fives, mean, 0);
  if (of_fives == 0 || variance == 0) {
    return 1;
  }
  double fives_for_one = 1;
  for (std::size_t distance = 1;
       static_cast<double>(distance) < 2.5 * fives_for_one && distance < fives.size() &&
       fives_for_one * kForALowEnd <= static_cast<double>(fives.size());
       ++distance) {
    fives_for_one += 2 * covariance(fives, mean, distance) / of_fives;
  }
  return std::max(1.0, fives_for_one * static_cast<double>(kFive) * of_fives / variance);
}

// Batches differ by one value at most where their number does not divide that of the values.
Averages averages_of(std::span<const double> values) {
  Averages averages{};
  for (std::size_t batch = 0; batch < kBatches; ++batch) {
    const std::size_t begin = values.size() * batch / kBatches;
    const std::size_t end = values.size() * (batch + 1) / kBatches;
    for (const double value : values.subspan(begin, end - begin)) {
      averages[batch] += value / static_cast<double>(end - begin);
    }
  }
  return averages;
}

// The average of 1 where a value is no larger than `most`, and 0 elsewhere.
Averages shares_up_to(std::span<const double> values, double most) {
  Averages shares{};
  for (std::size_t batch = 0; batch < kBatches; ++batch) {
    const std::size_t begin = values.size() * batch / kBatches;
    const std::size_t end = values.size() * (batch + 1) / kBatches;
    const auto batch_values = values.subspan(begin, end - begin);
    const auto count = std::count_if(batch_values.begin(), batch_values.end(),
                                     [&](double value) { return value <= most; });
    shares[batch] = static_cast<double>(count) / static_cast<double>(end - begin);
  }
  return shares;
}

// √(A·S²/b)
double error_of(const Averages& averages) {
  const double mean = mean_of(averages);
  const double square = covariance(averages, mean, 0);
  if (square == 0) {
    return 0;
  }
  const double correlation = std::max(0.0, covariance(averages, mean, 1) / square);
  return std::sqrt((1 + correlation) / (1 - correlation) * square / (kCount - 1));
}

// With the usual correction for small samples, √(b·(b - 1))/(b - 2).
double skewness_of(const Averages& averages) {
  const double mean = mean_of(averages);
  const double square = covariance(averages, mean, 0);
  double cubes = 0;
  for (const double average : averages) {
    cubes += std::pow(average - mean, 3) / kCount;
  }
  const double plain = square == 0 ? 0 : cubes / std::pow(square, 1.5);
  return plain * std::sqrt(kCount * (kCount - 1)) / (kCount - 2);
}

double student(double confidence) {
  const boost::math::students_t distribution(kCount - 1);
  return boost::math::quantile(boost::math::complement(distribution, (1 - confidence) / 2));
}

double willink(double z, double beta) {
  constexpr double kNothing = 1e-6;  // G(z) = z - β + O(β·z²)
  return std::abs(beta) < kNothing ? z : (std::cbrt(1 + 6 * beta * (z - beta)) - 1) / (2 * beta);
}

void check_confidence(double confidence) {
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

DependentSample::DependentSample(std::vector<double> values) : values_(std::move(values)) {
  KVSIM_CHECK(!values_.empty(), "nothing has no interval");
  sorted_ = values_;
  boost::sort::spreadsort::float_sort(sorted_.begin(), sorted_.end());
  KVSIM_CHECK(sorted_.front() >= 0, "a latency is not negative");
  mean_ = mean_of(values_);
  if (sorted_.back() - sorted_.front() <= kAlike * mean_) {
    independent_ = static_cast<double>(values_.size());
    return;
  }
  variance_ = covariance(values_, mean_, 0);
  independent_ = static_cast<double>(values_.size()) / values_for_one(values_, mean_, variance_);
}

Estimate DependentSample::mean(double confidence) const {
  check_confidence(confidence);
  if (independent_ < kForALowEnd) {
    return {mean_, 0, kUnbounded};
  }
  const Averages averages = averages_of(values_);
  const double error = std::max(error_of(averages), std::sqrt(variance_ / independent_));
  const double beta = skewness_of(averages) / (6 * std::sqrt(kCount));
  const double t = student(confidence);
  return {mean_, std::max(0.0, mean_ - willink(t, beta) * error),
          independent_ < kForAMeansHighEnd ? kUnbounded : mean_ - willink(-t, beta) * error};
}

Estimate DependentSample::percentile(double percent, double confidence) const {
  check_confidence(confidence);
  KVSIM_CHECK(percent > 0 && percent < 100, "a percentile lies between 0 and 100");
  const double value = kvsim::percentile(sorted_, percent);
  if (independent_ < kForALowEnd) {
    return {value, 0, kUnbounded};
  }
  const double p = percent / 100;
  const Averages shares = shares_up_to(values_, value);
  const double error = std::max(error_of(shares), std::sqrt(p * (1 - p) / independent_));
  const double reach = student(confidence) * error;
  const auto count = static_cast<std::int64_t>(sorted_.size());
  const auto n = static_cast<double>(count);
  const Ranks ranks = binomial_ranks(count, p, confidence);
  const auto low = std::min(ranks.low, static_cast<std::int64_t>(std::floor(n * (p - reach))));
  const auto high = std::max(ranks.high, static_cast<std::int64_t>(std::ceil(n * (p + reach))) + 1);
  const auto at = [&](std::int64_t rank) { return sorted_[static_cast<std::size_t>(rank - 1)]; };
  const bool is_open = high > count || independent_ < kForAHighEnd;
  return {value, low < 1 ? 0 : at(low), is_open ? kUnbounded : at(high)};
}

}  // namespace kvsim::plan
