#include "calibration/fit/loss.hpp"

#include <algorithm>
#include <cmath>

namespace kvsim::fit {
namespace {

constexpr double kLeastCurvature = 0.01;  // share of the gradient's weight

struct Rho {
  double value;
  double slope;      // rho'
  double curvature;  // rho' + 2 z rho''
};

Rho rho(double z, Loss loss) {
  switch (loss) {
    case Loss::Linear:
      return {z, 1, 1};
    case Loss::SoftL1: {
      const double root = std::sqrt(1 + z);
      return {2 * z / (root + 1), 1 / root, 1 / (root * root * root)};  // no cancellation at z = 0
    }
    case Loss::Huber:
      return z <= 1 ? Rho{z, 1, 1} : Rho{2 * std::sqrt(z) - 1, 1 / std::sqrt(z), 0};
  }
  return {z, 1, 1};
}

Rho rho_of(double residual, Loss loss, double scale) {
  const double ratio = residual / scale;
  return rho(ratio * ratio, loss);
}

}  // namespace

double cost_of(const Eigen::VectorXd& residuals, Loss loss, double scale) {
  double sum = 0;
  for (const double residual : residuals) {
    sum += rho_of(residual, loss, scale).value;
  }
  return 0.5 * scale * scale * sum;
}

Eigen::VectorXd gradient_weights(const Eigen::VectorXd& residuals, Loss loss, double scale) {
  return residuals.unaryExpr([&](double r) { return rho_of(r, loss, scale).slope; });
}

Eigen::VectorXd curvature_weights(const Eigen::VectorXd& residuals, Loss loss, double scale) {
  return residuals.unaryExpr([&](double r) {
    const Rho here = rho_of(r, loss, scale);
    return std::max(here.curvature, kLeastCurvature * here.slope);
  });
}

}  // namespace kvsim::fit
