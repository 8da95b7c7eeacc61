// Non-negative least squares: the x >= 0 that minimises ||A x - b||, by Lawson and Hanson's active
// set (Solving Least Squares Problems, 1974, chapter 23).
//
// Times are sums of parts that are never negative (launch, bytes / rate, tiles), so a fit that is
// linear in its coefficients is one of these problems; a coefficient that the data do not support
// comes out as exactly 0.
//
// Columns may differ by many orders of magnitude (a constant beside bytes): each is divided by its
// norm first. A is then reduced to a square R by Householder QR once, so that rows cost O(m n^2) in
// all and each iteration O(n^3); a problem takes n to 3 n iterations in practice.
#pragma once

#include <Eigen/Core>
#include <vector>

namespace kvsim::fit {

struct NnlsSolution {
  Eigen::VectorXd x;      ///< n coefficients, each >= 0
  double residual_norm;   ///< ||A x - b||
  std::vector<int> used;  ///< the passive set: columns that are free of their bound, ascending
};

/// `matrix` is m x n, `right_side` has m values. Dependent or empty columns are allowed: one of the
/// solutions is returned.
/// Requires: sizes agree, all values are finite, m > 0, n > 0 (checked).
[[nodiscard]] NnlsSolution nnls(const Eigen::MatrixXd& matrix, const Eigen::VectorXd& right_side);

}  // namespace kvsim::fit
