#include "calibration/fit/errors.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

// Type 7 of Hyndman & Fan: linear between order statistics.
double percentile(const Eigen::VectorXd& sorted, double percent) {
  const double position = percent / 100 * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<Eigen::Index>(std::floor(position));
  const Eigen::Index above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], position - std::floor(position));
}

}  // namespace

ErrorSummary summarise_errors(const Eigen::VectorXd& predicted, const Eigen::VectorXd& measured) {
  KVSIM_CHECK(predicted.size() == measured.size(), "predicted and measured rows differ in number");
  KVSIM_CHECK(predicted.allFinite() && measured.allFinite() && (measured.array() > 0).all(),
              "a time is not finite or not positive");
  if (measured.size() == 0) {
    return {};
  }
  const Eigen::VectorXd errors = (predicted - measured).cwiseQuotient(measured);
  Eigen::VectorXd sizes = errors.cwiseAbs();
  std::sort(sizes.begin(), sizes.end());
  return {.n = static_cast<int>(measured.size()),
          .mape = sizes.mean(),
          .median = percentile(sizes, 50),
          .p90 = percentile(sizes, 90),
          .p95 = percentile(sizes, 95),
          .wape = (predicted - measured).cwiseAbs().sum() / measured.sum(),
          .bias = errors.mean()};
}

}  // namespace kvsim::fit
