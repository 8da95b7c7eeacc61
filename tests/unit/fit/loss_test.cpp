#include "calibration/fit/loss.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace kvsim::fit {
namespace {

// Residuals 1 and 6 with C = 2: z = 1/4 and 9.
//   linear   2 (1/4 + 9)                              = 18.5
//   soft_l1  2 (2 (sqrt 1.25 - 1) + 2 (sqrt 10 - 1))  = 4 (sqrt 1.25 + sqrt 10 - 2)
//   huber    2 (1/4 + 2 * 3 - 1)                      = 10.5
TEST(Loss, CostByHand) {
  const Eigen::Vector2d residuals(1, -6);
  EXPECT_DOUBLE_EQ(cost_of(residuals, Loss::Linear, 2), 18.5);
  EXPECT_DOUBLE_EQ(cost_of(residuals, Loss::SoftL1, 2),
                   4 * (std::sqrt(1.25) + std::sqrt(10.0) - 2));
  EXPECT_DOUBLE_EQ(cost_of(residuals, Loss::Huber, 2), 10.5);
}

TEST(Loss, WeightsByHand) {
  const Eigen::Vector2d residuals(1, -6);
  EXPECT_EQ(gradient_weights(residuals, Loss::Linear, 2), Eigen::Vector2d(1, 1));
  EXPECT_DOUBLE_EQ(gradient_weights(residuals, Loss::SoftL1, 2)[1], 1 / std::sqrt(10.0));
  EXPECT_DOUBLE_EQ(gradient_weights(residuals, Loss::Huber, 2)[0], 1);
  EXPECT_DOUBLE_EQ(gradient_weights(residuals, Loss::Huber, 2)[1], 1.0 / 3);
  EXPECT_DOUBLE_EQ(curvature_weights(residuals, Loss::SoftL1, 2)[1], std::pow(10.0, -1.5));
  EXPECT_DOUBLE_EQ(curvature_weights(residuals, Loss::Huber, 2)[1], 0.01 / 3);
}

// d cost / d r = rho' r and d2 cost / d r2 = rho' + 2 z rho'', against differences of the cost.
RC_GTEST_PROP(Loss, WeightsAreDerivativesOfTheCost, ()) {
  const Loss loss = *rc::gen::element(Loss::Linear, Loss::SoftL1, Loss::Huber);
  const double scale = 0.25 * *rc::gen::inRange(1, 9);
  const double residual = 0.1 * *rc::gen::inRange(-60, 61);
  RC_PRE(std::abs(std::abs(residual) - scale) > 1e-2);  // Huber's kink
  const auto cost = [&](double r) { return cost_of(Eigen::VectorXd::Constant(1, r), loss, scale); };
  const Eigen::VectorXd at = Eigen::VectorXd::Constant(1, residual);
  const double h = 1e-4;
  const double slope = (cost(residual + h) - cost(residual - h)) / (2 * h);
  RC_ASSERT(std::abs(slope - gradient_weights(at, loss, scale)[0] * residual) < 1e-6);
  const double curvature = (cost(residual + h) - 2 * cost(residual) + cost(residual - h)) / (h * h);
  const double floor = 0.01 * gradient_weights(at, loss, scale)[0];
  RC_ASSERT(std::abs(std::max(curvature, floor) - curvature_weights(at, loss, scale)[0]) < 1e-5);
}

}  // namespace
}  // namespace kvsim::fit
