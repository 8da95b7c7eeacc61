// Nonlinear least squares in a box with a loss that outliers cannot pull: the parameters that
// minimise 1/2 sum of C^2 rho((r_i / C)^2).
//
// Levenberg and Marquardt's damped step (Moré's scaling: the largest column norms seen; Nielsen's
// damping, 1999), found inside the box (box_quadratic.hpp). Curvature is that of the loss times
// J^T J; second derivatives of the model are left out, as in every Gauss-Newton method.
//
// Converged means that a full, undamped step would gain less than `tolerance` of the cost, or move
// every parameter by less than `parameter_tolerance` of its size, or that the residuals are
// rounding noise. At a kink of the model the search may stall instead: converged is then false.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "calibration/fit/finite_differences.hpp"
#include "calibration/fit/loss.hpp"

namespace kvsim::fit {

struct LeastSquaresOptions {
  Loss loss = Loss::Linear;
  double loss_scale = 1;  ///< C, in the unit of the residuals; of no effect on the linear loss
  Differences differences = Differences::Central;
  int most_iterations = 200;  ///< Jacobians
  double tolerance = 1e-13;
  double parameter_tolerance = 1e-12;
  /// Size of each parameter where it matters (> 0), for steps where the parameter is near 0. Empty:
  /// the start's, and 1 where the start is 0.
  Eigen::VectorXd typical{};
};

struct LeastSquaresFit {
  Eigen::VectorXd parameters;  ///< n, within the bounds
  Eigen::VectorXd residuals;   ///< m, at the parameters
  double cost = 0;
  int iterations = 0;   ///< Jacobians computed in the search
  int evaluations = 0;  ///< of the residuals, those for the Jacobians included
  bool converged = false;
  Eigen::MatrixXd jacobian;    ///< m x n, d residual / d parameter at the parameters
  std::vector<bool> at_bound;  ///< n: the parameter equals its lower or upper bound
  /// n x n, zeros for parameters at a bound; none if the data do not determine the others.
  std::optional<Eigen::MatrixXd> covariance;
};

/// From `start`, moved into the bounds. Deterministic. A trial whose residuals are not finite is
/// refused, so a model may answer NaN where it has no value.
/// Requires: sizes agree, lower <= upper, residuals and Jacobian at the start are finite (checked).
[[nodiscard]] LeastSquaresFit least_squares(const Residuals& residuals,
                                            const Eigen::VectorXd& start, const Bounds& bounds,
                                            const LeastSquaresOptions& options);

/// The fit of least cost; of equal ones the first. Starts where the model has no value are passed
/// over. Requires: at least one start is usable (checked).
[[nodiscard]] LeastSquaresFit least_squares_from_many(const Residuals& residuals,
                                                      std::span<const Eigen::VectorXd> starts,
                                                      const Bounds& bounds,
                                                      const LeastSquaresOptions& options);

}  // namespace kvsim::fit
