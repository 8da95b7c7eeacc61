// How much a residual counts: all of it, or less and less the larger it is.
//
// As scipy.optimize.least_squares defines them: cost = 1/2 sum of C^2 rho(z), z = (r / C)^2, where
// C is the residual beyond which a sample begins to count as an outlier.
//   linear   rho = z
//   soft_l1  rho = 2 (sqrt(1 + z) - 1)
//   huber    rho = z up to z = 1, then 2 sqrt(z) - 1
#pragma once

#include <Eigen/Core>

namespace kvsim::fit {

enum class Loss { Linear, SoftL1, Huber };

/// 1/2 sum of C^2 rho((r / C)^2). Requires: scale > 0.
[[nodiscard]] double cost_of(const Eigen::VectorXd& residuals, Loss loss, double scale);

/// rho'(z) of each residual, in (0, 1]: the weight with which a weighted linear fit would have the
/// same gradient.
[[nodiscard]] Eigen::VectorXd gradient_weights(const Eigen::VectorXd& residuals, Loss loss,
                                               double scale);

/// rho' + 2 z rho'' of each residual: the weight in the second derivative of the cost (Triggs et
/// al., Bundle Adjustment, 1999, section 4.3). Not below a hundredth of the gradient's weight:
/// beyond its threshold Huber's is 0, and a step needs some curvature.
[[nodiscard]] Eigen::VectorXd curvature_weights(const Eigen::VectorXd& residuals, Loss loss,
                                                double scale);

}  // namespace kvsim::fit
