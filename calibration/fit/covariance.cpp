#include "calibration/fit/covariance.hpp"

#include <Eigen/QR>

namespace kvsim::fit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Columns that are the same direction to nine digits: finite differences know no more.
constexpr double kSmallestPivot = 1e-9;

// (A^T A)^-1 by QR, which does not square the condition of A; none if A has not full rank.
std::optional<MatrixXd> inverse_of_square(const MatrixXd& matrix) {
  const VectorXd norms = matrix.colwise().stableNorm();
  if (norms.size() > 0 && !(norms.minCoeff() > 0)) {
    return std::nullopt;
  }
  const VectorXd inverse_norms = norms.cwiseInverse();
  Eigen::ColPivHouseholderQR<MatrixXd> qr;
  qr.setThreshold(kSmallestPivot);
  qr.compute(matrix * inverse_norms.asDiagonal());
  if (qr.rank() < matrix.cols()) {
    return std::nullopt;
  }
  const auto triangle = qr.matrixR().topRows(matrix.cols()).triangularView<Eigen::Upper>();
  const MatrixXd root = triangle.solve(MatrixXd::Identity(matrix.cols(), matrix.cols()));
  const MatrixXd scaled =
      qr.colsPermutation() * (root * root.transpose()) * qr.colsPermutation().transpose();
  return inverse_norms.asDiagonal() * scaled * inverse_norms.asDiagonal();
}

}  // namespace

std::optional<MatrixXd> covariance_of(const MatrixXd& jacobian, const VectorXd& residuals,
                                      const VectorXd& weights, const std::vector<bool>& at_bound) {
  std::vector<Index> free;
  for (Index j = 0; j < jacobian.cols(); ++j) {
    if (!at_bound[static_cast<std::size_t>(j)]) {
      free.push_back(j);
    }
  }
  const Index degrees_of_freedom = jacobian.rows() - static_cast<Index>(free.size());
  if (degrees_of_freedom <= 0) {
    return std::nullopt;
  }
  MatrixXd covariance = MatrixXd::Zero(jacobian.cols(), jacobian.cols());
  if (free.empty()) {
    return covariance;
  }
  const MatrixXd columns = jacobian(Eigen::all, free);
  const auto inverse = inverse_of_square(weights.cwiseSqrt().asDiagonal() * columns);
  if (!inverse) {
    return std::nullopt;
  }
  const double variance =
      weights.dot(residuals.cwiseAbs2()) / static_cast<double>(degrees_of_freedom);
  covariance(free, free) = variance * *inverse;
  return covariance;
}

}  // namespace kvsim::fit
