// The derivatives of a residual function, by evaluating it beside a point.
//
// A step is a power of the machine's precision times the size of the parameter: its third root for
// central differences (error in the step squared), its square root for forward ones (half as many
// evaluations). Steps never leave the bounds: beside one, the difference is taken on the inner
// side.
#pragma once

#include <functional>

#include "calibration/fit/bounds.hpp"

namespace kvsim::fit {

/// m residuals of n parameters.
using Residuals = std::function<Eigen::VectorXd(const Eigen::VectorXd& parameters)>;

enum class Differences { Forward, Central };

/// m x n. `at` holds the residuals at `parameters`; `sizes` are the smallest parameter values that
/// a step is made relative to (> 0). A parameter fixed by its bounds has a column of zeros.
[[nodiscard]] Eigen::MatrixXd jacobian_of(const Residuals& residuals,
                                          const Eigen::VectorXd& parameters,
                                          const Eigen::VectorXd& at, const Bounds& bounds,
                                          const Eigen::VectorXd& sizes, Differences differences);

}  // namespace kvsim::fit
