// How sure a fit is of its parameters: s^2 (J^T W J)^-1 over the free ones.
//
// W holds the weights rho' of the loss (all 1 for the linear one) and s^2 = sum w r^2 / (m - free),
// so for a straight line this is the textbook formula. For a robust loss it is the covariance of
// the weighted linear fit with the same solution: outliers widen it little.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

namespace kvsim::fit {

/// n x n; rows and columns of parameters at a bound are 0. None if the data do not determine the
/// free parameters: no more residuals than parameters, or columns of J that depend on each other.
[[nodiscard]] std::optional<Eigen::MatrixXd> covariance_of(const Eigen::MatrixXd& jacobian,
                                                           const Eigen::VectorXd& residuals,
                                                           const Eigen::VectorXd& weights,
                                                           const std::vector<bool>& at_bound);

}  // namespace kvsim::fit
