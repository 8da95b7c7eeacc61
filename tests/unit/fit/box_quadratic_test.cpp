#include "calibration/fit/box_quadratic.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kvsim::fit {
namespace {

using Eigen::Vector2d;

const Eigen::Matrix2d kCoupled = (Eigen::Matrix2d() << 2, 1, 1, 2).finished();

// Slope 0: [2 1; 1 2] y = (3, 0), y = (2, -1).
TEST(BoxQuadratic, IsNewtonsStepInAWideBox) {
  const auto y = minimise_in_box(kCoupled, Vector2d(-3, 0), Bounds::none(2));
  EXPECT_NEAR(y[0], 2, 1e-15);
  EXPECT_NEAR(y[1], -1, 1e-15);
}

// The same with y1 >= 0: y0 = 3/2; slope along y1 is 1 * 3/2 > 0, so y1 stays. Cutting Newton's
// step off at the bound would give (2, 0), which is worse.
TEST(BoxQuadratic, SolvesAgainForTheRestWhereABoundHolds) {
  const auto y = minimise_in_box(kCoupled, Vector2d(-3, 0), Bounds::not_negative(2));
  EXPECT_NEAR(y[0], 1.5, 1e-15);
  EXPECT_EQ(y[1], 0);
}

TEST(BoxQuadratic, EndsExactlyAtABound) {
  const Bounds bounds{Vector2d(-0.1, -0.3), Vector2d(0.7, 0.1)};
  const auto y = minimise_in_box(kCoupled, Vector2d(-30, 7), bounds);
  EXPECT_EQ(y[0], 0.7);
  EXPECT_EQ(y[1], -0.3);
}

TEST(BoxQuadratic, LeavesAFixedVariable) {
  const Bounds bounds{Vector2d(0, -9), Vector2d(0, 9)};
  const auto y = minimise_in_box(kCoupled, Vector2d(-3, -4), bounds);
  EXPECT_EQ(y[0], 0);
  EXPECT_NEAR(y[1], 2, 1e-15);
}

double drawn(int least, int most) { return *rc::gen::inRange(least, most + 1); }

RC_GTEST_PROP(BoxQuadratic, SatisfiesTheConditionsOfAMinimum, ()) {
  const auto n = *rc::gen::inRange<Eigen::Index>(1, 8);
  const auto draw = [](int least, int most) { return [=] { return drawn(least, most); }; };
  const Eigen::MatrixXd root = Eigen::MatrixXd::NullaryExpr(n, n, draw(-3, 3));
  const Eigen::MatrixXd hessian = root.transpose() * root + Eigen::MatrixXd::Identity(n, n);
  const Eigen::VectorXd gradient = Eigen::VectorXd::NullaryExpr(n, draw(-9, 9));
  const Bounds bounds{Eigen::VectorXd::NullaryExpr(n, draw(-2, 0)),
                      Eigen::VectorXd::NullaryExpr(n, draw(0, 2))};

  const Eigen::VectorXd y = minimise_in_box(hessian, gradient, bounds);
  const Eigen::VectorXd slope = gradient + hessian * y;
  for (Eigen::Index j = 0; j < n; ++j) {
    RC_ASSERT(y[j] >= bounds.lower[j] && y[j] <= bounds.upper[j]);
    RC_ASSERT(slope[j] >= -1e-10 || y[j] == bounds.upper[j]);
    RC_ASSERT(slope[j] <= 1e-10 || y[j] == bounds.lower[j]);
  }
}

}  // namespace
}  // namespace kvsim::fit
