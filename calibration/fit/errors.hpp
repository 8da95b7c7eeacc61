// How far predictions are from measurements, in the numbers that a card and a report carry.
//
// The error of a row is (predicted - measured) / measured: +0.1 is 10 % too slow.
#pragma once

#include <Eigen/Core>

namespace kvsim::fit {

/// All are fractions of one.
struct ErrorSummary {
  int n = 0;          ///< rows
  double mape = 0;    ///< mean absolute error
  double median = 0;  ///< of the absolute errors, as p90 and p95; type 7, as numpy's percentiles
  double p90 = 0;
  double p95 = 0;
  double wape = 0;  ///< sum |predicted - measured| / sum measured: weighs long times more
  double bias = 0;  ///< mean signed error: above 0, predictions are too slow
};

/// In the same unit, as many values each; all zeros if there are none.
/// Requires: measured > 0, predicted finite (checked).
[[nodiscard]] ErrorSummary summarise_errors(const Eigen::VectorXd& predicted,
                                            const Eigen::VectorXd& measured);

}  // namespace kvsim::fit
