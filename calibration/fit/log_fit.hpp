// What calibration fits: log f(theta) - log t, for measured times t and a model f of them.
//
// The residual of a row is nearly its relative error, so microseconds and milliseconds count alike.
#pragma once

#include <functional>

#include "calibration/fit/least_squares.hpp"

namespace kvsim::fit {

/// Predicted times, one per measured row, in the same unit, of n parameters.
using TimeModel = std::function<Eigen::VectorXd(const Eigen::VectorXd& parameters)>;

/// Residuals that are NaN where the model's time is not positive.
/// Requires: all of `measured` are positive and finite (checked); the model answers as many
/// (checked at every call).
[[nodiscard]] Residuals log_residuals(TimeModel model, const Eigen::VectorXd& measured);

/// soft_l1 with C = 0.1: rows that are off by more than about 10 % count less and less.
[[nodiscard]] LeastSquaresOptions log_fit_options();

}  // namespace kvsim::fit
