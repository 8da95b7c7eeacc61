// The step of a bounded fit: the y in a box that minimises g.y + 1/2 y.H.y.
//
// A primal active set, as in Stark and Parker's BVLS (1995): minimise over the free variables, stop
// at the first bound on the way and fix that variable there; at a minimiser free the fixed variable
// that would gain most. The value never rises, so the answer is never worse than y = 0.
#pragma once

#include <Eigen/Core>

#include "calibration/fit/bounds.hpp"

namespace kvsim::fit {

/// A variable that ends at its bound has exactly the bound's value. O(n^3) per change of the set.
/// Requires: `hessian` is symmetric and positive definite, lower <= 0 <= upper.
[[nodiscard]] Eigen::VectorXd minimise_in_box(const Eigen::MatrixXd& hessian,
                                              const Eigen::VectorXd& gradient,
                                              const Bounds& bounds);

}  // namespace kvsim::fit
