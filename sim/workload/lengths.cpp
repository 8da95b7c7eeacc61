#include "sim/workload/lengths.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "sim/base/check.hpp"
#include "sim/workload/distributions.hpp"

namespace kvsim::workload {
namespace {

constexpr double kZ99 = 2.3263478740408408;  // 99th percentile of the standard normal

double sigma_from_p99(double mean, double p99) {
  KVSIM_CHECK(p99 >= mean, "a lognormal's p99 is below its mean");
  const double discriminant = kZ99 * kZ99 - 2 * std::log(p99 / mean);
  KVSIM_CHECK(discriminant > -1e-3, "no lognormal has a p99 so far above its mean");
  return kZ99 - std::sqrt(std::max(0.0, discriminant));
}

constexpr double kLongest = 0x1p62;  // fits 64 bits

// std::llround of what is positive, without a call; the difference is exact.
std::int64_t rounded(double positive) {
  const auto whole = static_cast<std::int64_t>(positive);
  return whole + (positive - static_cast<double>(whole) >= 0.5 ? 1 : 0);
}

}  // namespace

LognormalParameters lognormal_parameters(const spec::LognormalSpec& lognormal) {
  KVSIM_CHECK(lognormal.p99.has_value() != lognormal.median.has_value(),
              "a lognormal needs a mean and either p99 or median");
  if (lognormal.p99) {
    const double sigma = sigma_from_p99(lognormal.mean, *lognormal.p99);
    return {std::log(lognormal.mean) - sigma * sigma / 2, sigma};
  }
  KVSIM_CHECK(*lognormal.median <= lognormal.mean, "a lognormal's median is above its mean");
  return {std::log(*lognormal.median), std::sqrt(2 * std::log(lognormal.mean / *lognormal.median))};
}

LengthSampler::LengthSampler(const spec::LengthSpec& length)
    : distribution_(distribution_of(length)) {}

LengthSampler::Distribution LengthSampler::distribution_of(const spec::LengthSpec& length) {
  switch (length.kind) {
    case spec::LengthKind::Fixed:
      return length.fixed;
    case spec::LengthKind::Uniform:
      return length.uniform;
    case spec::LengthKind::Lognormal:
      return lognormal_parameters(length.lognormal);
    case spec::LengthKind::Empirical:
      return empirical_of(length.empirical);
    case spec::LengthKind::Normal:
      return length.normal;
  }
  return length.fixed;
}

LengthSampler::Empirical LengthSampler::empirical_of(const spec::EmpiricalSpec& empirical) {
  KVSIM_CHECK(!empirical.tokens.empty(), "empirical lengths need at least one length");
  std::vector<std::size_t> order(empirical.tokens.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return empirical.tokens[a] < empirical.tokens[b];
  });
  Empirical result;
  double total = 0;
  for (const std::size_t i : order) {
    total += empirical.weights.empty() ? 1 : empirical.weights.at(i);
    result.tokens.push_back(empirical.tokens[i]);
    result.cumulative.push_back(total);
  }
  KVSIM_CHECK(total > 0 && std::isfinite(total), "the weights of empirical lengths sum to nothing");
  return result;
}

std::int64_t LengthSampler::at(double uniform) const {
  return std::visit([&](const auto& distribution) { return length_at(distribution, uniform); },
                    distribution_);
}

void LengthSampler::draw(const Rng& stream, std::uint64_t first, std::span<std::int64_t> lengths) {
  if (!cells_ && has_quantile() && drawn_ >= kWorthCells) {
    cells_.emplace([this](double uniform) { return at(uniform); });
  }
  std::array<double, 32> shares;
  const auto draw_some = [&](const auto& distribution) {
    for (std::size_t i = 0; i < lengths.size(); ++i) {
      if (i % shares.size() == 0) {
        stream.uniforms(first + i, shares);
      }
      const double share = shares[i % shares.size()];
      const std::optional<std::int64_t> known = cells_ ? cells_->find(share) : std::nullopt;
      lengths[i] = known ? *known : length_at(distribution, share);
    }
  };
  std::visit(draw_some, distribution_);
  drawn_ += static_cast<std::int64_t>(lengths.size());
}

std::int64_t LengthSampler::length_at(Fixed tokens, double) { return tokens; }

std::int64_t LengthSampler::length_at(const spec::UniformSpec& uniform, double share) {
  const auto choices = static_cast<double>(uniform.max - uniform.min + 1);
  return uniform.min + static_cast<std::int64_t>(share * choices);
}

std::int64_t LengthSampler::length_at(const LognormalParameters& lognormal, double share) {
  const double tokens = std::exp(lognormal.mu + lognormal.sigma * normal_quantile(share));
  return std::max<std::int64_t>(1, rounded(std::min(tokens, kLongest)));
}

std::int64_t LengthSampler::length_at(const spec::NormalSpec& normal, double share) {
  const double tokens = normal.mean + normal.std_dev * normal_quantile(share);
  return std::llround(
      std::clamp(tokens, static_cast<double>(normal.min), static_cast<double>(normal.max)));
}

std::int64_t LengthSampler::length_at(const Empirical& empirical, double share) {
  const double weight = share * empirical.cumulative.back();
  // The first length whose cumulative weight exceeds it: lengths of weight 0 never come.
  const auto found =
      std::upper_bound(empirical.cumulative.begin(), empirical.cumulative.end(), weight);
  return empirical.tokens[static_cast<std::size_t>(found - empirical.cumulative.begin())];
}

}  // namespace kvsim::workload
