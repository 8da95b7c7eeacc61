#include "calibration/fit/errors.hpp"

#include <algorithm>
#include <span>

#include "sim/base/check.hpp"
#include "sim/base/statistics.hpp"

namespace kvsim::fit {
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
  const std::span<const double> sorted(sizes.data(), static_cast<std::size_t>(sizes.size()));
  return {.n = static_cast<int>(measured.size()),
          .mape = sizes.mean(),
          .median = percentile(sorted, 50),
          .p90 = percentile(sorted, 90),
          .p95 = percentile(sorted, 95),
          .wape = (predicted - measured).cwiseAbs().sum() / measured.sum(),
          .bias = errors.mean()};
}

}  // namespace kvsim::fit
