#include "calibration/fit/least_squares.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "sim/base/check.hpp"
#include "tests/unit/fit/column.hpp"

namespace kvsim::fit {
namespace {

using Eigen::Vector2d;
using Eigen::VectorXd;

// Residuals of the line p0 + p1 x.
Residuals line_through(VectorXd x, VectorXd y) {
  return [x = std::move(x), y = std::move(y)](const VectorXd& p) -> VectorXd {
    return (p[0] + p[1] * x.array()).matrix() - y;
  };
}

LeastSquaresOptions robust(Loss loss, double scale) {
  LeastSquaresOptions options;
  options.loss = loss;
  options.loss_scale = scale;
  return options;
}

// x = 0..4, y = 1 + 2 x. Any loss is 0 there.
TEST(LeastSquares, FindsALineExactly) {
  const auto residuals = line_through(column({0, 1, 2, 3, 4}), column({1, 3, 5, 7, 9}));
  for (const Loss loss : {Loss::Linear, Loss::SoftL1, Loss::Huber}) {
    const auto fit = least_squares(residuals, Vector2d(0, 0), Bounds::none(2), robust(loss, 0.1));
    EXPECT_TRUE(fit.converged);
    EXPECT_NEAR(fit.parameters[0], 1, 1e-9);
    EXPECT_NEAR(fit.parameters[1], 2, 1e-9);
    EXPECT_NEAR(fit.cost, 0, 1e-16);
  }
}

// The same line with the last point 20 too high. Plain: mean y = 9, slope = sum (x - 2)(y - 9) / 10
// = (16 + 6 + 0 - 2 + 40) / 10 = 6, so the line is -3 + 6 x: four units of slope for one bad point.
TEST(LeastSquares, AnOutlierPullsThePlainLineByHand) {
  const auto residuals = line_through(column({0, 1, 2, 3, 4}), column({1, 3, 5, 7, 29}));
  const auto fit = least_squares(residuals, Vector2d(0, 0), Bounds::none(2), {});
  EXPECT_NEAR(fit.parameters[0], -3, 1e-8);
  EXPECT_NEAR(fit.parameters[1], 6, 1e-8);
  // Residuals of -3 + 6 x against y: -4, 0, 4, 8, -8: cost (16 + 16 + 64 + 64) / 2 = 80.
  EXPECT_NEAR(fit.cost, 80, 1e-8);
}

// With a robust loss the outlier pulls with at most C = 0.1 whatever its size; the other points
// give way by about C.
TEST(LeastSquares, AnOutlierHardlyPullsARobustLine) {
  const auto residuals = line_through(column({0, 1, 2, 3, 4}), column({1, 3, 5, 7, 29}));
  for (const Loss loss : {Loss::SoftL1, Loss::Huber}) {
    const auto fit = least_squares(residuals, Vector2d(0, 0), Bounds::none(2), robust(loss, 0.1));
    EXPECT_TRUE(fit.converged);
    EXPECT_NEAR(fit.parameters[0], 1, 0.1);
    EXPECT_NEAR(fit.parameters[1], 2, 0.1);
  }
}

// One parameter, r = p - y with y = 0 and 10, Huber with C = 1: between them the pulls are 1 each
// way unless a point is nearer than 1, so every p in [1, 9] has the cost (|p| - 1/2) + (10 - p -
// 1/2) = 9. With three zeros against one 10: 3 p = 1, p = 1/3.
TEST(LeastSquares, HubersPullIsConstantBeyondItsScaleByHand) {
  const VectorXd y = column({0, 0, 0, 10});
  const Residuals residuals = [&](const VectorXd& p) -> VectorXd { return (p[0] - y.array()); };
  const auto fit = least_squares(residuals, column({4}), Bounds::none(1), robust(Loss::Huber, 1));
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.parameters[0], 1.0 / 3, 1e-7);
  EXPECT_NEAR(fit.cost, 0.5 * 3 / 9 + (10 - 1.0 / 3 - 0.5), 1e-12);
}

// f = a exp(-b x) + c, no noise: the parameters come back.
TEST(LeastSquares, RecoversTheParametersOfACurve) {
  const VectorXd x = VectorXd::LinSpaced(30, 0, 5);
  const auto curve = [&](const VectorXd& p) -> VectorXd {
    return p[0] * (-p[1] * x.array()).exp() + p[2];
  };
  const VectorXd wanted = column({3, 0.7, 0.25});
  const VectorXd y = curve(wanted);
  const auto fit = least_squares([&](const VectorXd& p) -> VectorXd { return curve(p) - y; },
                                 column({1, 1, 1}), Bounds::not_negative(3), {});
  EXPECT_TRUE(fit.converged);
  EXPECT_LT((fit.parameters - wanted).norm(), 1e-9);
  EXPECT_EQ(fit.at_bound, (std::vector<bool>{false, false, false}));
}

// Rosenbrock's valley as two residuals, 10 (y - x^2) and 1 - x: minimum 0 at (1, 1).
TEST(LeastSquares, FollowsACurvedValley) {
  const Residuals valley = [](const VectorXd& p) -> VectorXd {
    return Vector2d(10 * (p[1] - p[0] * p[0]), 1 - p[0]);
  };
  const auto fit = least_squares(valley, Vector2d(-1.2, 1), Bounds::none(2), {});
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.parameters[0], 1, 1e-9);
  EXPECT_NEAR(fit.parameters[1], 1, 1e-9);
  // With x <= 1/2: y = x^2 is still free, so the cost is (1 - 1/2)^2 / 2.
  const Bounds left{Vector2d(-2, -2), Vector2d(0.5, 2)};
  const auto held = least_squares(valley, Vector2d(-1.2, 1), left, {});
  EXPECT_TRUE(held.converged);
  EXPECT_EQ(held.parameters[0], 0.5);
  EXPECT_NEAR(held.parameters[1], 0.25, 1e-9);
  EXPECT_NEAR(held.cost, 0.125, 1e-12);
}

// y = 1 + 2 x with the intercept held at or below 0: through the origin, slope = sum xy / sum x^2
// = (0 + 3 + 10 + 21 + 36) / 30 = 7/3.
TEST(LeastSquares, ABoundThatBindsIsReachedExactly) {
  const auto residuals = line_through(column({0, 1, 2, 3, 4}), column({1, 3, 5, 7, 9}));
  const Bounds bounds{Vector2d(-5, -5), Vector2d(0, 5)};
  const auto fit = least_squares(residuals, Vector2d(-3, 0), bounds, {});
  EXPECT_TRUE(fit.converged);
  EXPECT_EQ(fit.parameters[0], 0);
  EXPECT_NEAR(fit.parameters[1], 7.0 / 3, 1e-9);
  EXPECT_EQ(fit.at_bound, (std::vector<bool>{true, false}));
  ASSERT_TRUE(fit.covariance.has_value());
  // Of the slope alone: s^2 / sum x^2 with s^2 = sum r^2 / (5 - 1) and
  // r = (-1, -2/3, -1/3, 0, 1/3): sum r^2 = (9 + 4 + 1 + 1) / 9 = 5/3, s^2 = 5/12.
  EXPECT_NEAR((*fit.covariance)(1, 1), 5.0 / 12 / 30, 1e-9);
  EXPECT_EQ((*fit.covariance)(0, 0), 0);
  EXPECT_EQ((*fit.covariance)(0, 1), 0);
}

TEST(LeastSquares, EqualBoundsFixAParameter) {
  const auto residuals = line_through(column({0, 1, 2}), column({1, 3, 5}));
  const Bounds bounds{Vector2d(0.5, -5), Vector2d(0.5, 5)};
  const auto fit = least_squares(residuals, Vector2d(9, 0), bounds, {});
  EXPECT_TRUE(fit.converged);
  EXPECT_EQ(fit.parameters[0], 0.5);
  EXPECT_NEAR(fit.parameters[1], 2.3, 1e-9);  // (1 * 2.5 + 2 * 4.5) / 5
}

// Noise (1, -1, -1, 1) is orthogonal to 1 and x, so the line is exactly 1 + 2 x and s^2 = 4 / 2.
// Textbook: var(slope) = s^2 / Sxx, var(intercept) = s^2 (1/n + mean^2 / Sxx),
// cov = -mean s^2 / Sxx, with x = 0..3: mean 3/2, Sxx = 5.
TEST(LeastSquares, CovarianceOfALineIsTheTextbooks) {
  const auto residuals = line_through(column({0, 1, 2, 3}), column({2, 2, 4, 8}));
  const auto fit = least_squares(residuals, Vector2d(0, 0), Bounds::none(2), {});
  EXPECT_NEAR(fit.parameters[0], 1, 1e-8);
  EXPECT_NEAR(fit.parameters[1], 2, 1e-8);
  ASSERT_TRUE(fit.covariance.has_value());
  EXPECT_NEAR((*fit.covariance)(1, 1), 2.0 / 5, 1e-7);
  EXPECT_NEAR((*fit.covariance)(0, 0), 2 * (0.25 + 2.25 / 5), 1e-7);
  EXPECT_NEAR((*fit.covariance)(0, 1), -1.5 * 2 / 5, 1e-7);
}

TEST(LeastSquares, HasNoCovarianceWhereTheDataDecideNothing) {
  const Residuals sum_only = [](const VectorXd& p) -> VectorXd {
    return column({p[0] + p[1] - 3, p[0] + p[1] - 1, 2 * (p[0] + p[1]) - 4});
  };
  const auto fit = least_squares(sum_only, Vector2d(5, 5), Bounds::none(2), {});
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.parameters.sum(), 2, 1e-8);
  EXPECT_FALSE(fit.covariance.has_value());
  const auto two_points = line_through(column({0, 1}), column({1, 3}));
  EXPECT_FALSE(least_squares(two_points, Vector2d(0, 0), Bounds::none(2), {}).covariance);
}

// A launch time of microseconds beside a rate of terabytes per second, in plain SI units.
TEST(LeastSquares, ParametersMayDifferByManyOrdersOfMagnitude) {
  const VectorXd bytes = VectorXd::LinSpaced(20, 1e6, 4e9);
  const auto seconds = [&](const VectorXd& p) -> VectorXd { return p[0] + bytes.array() / p[1]; };
  const VectorXd measured = seconds(Vector2d(18.7e-6, 3.2e12));
  const Residuals logs = [&](const VectorXd& p) -> VectorXd {
    return (seconds(p).array() / measured.array()).log();
  };
  const auto fit = least_squares(logs, Vector2d(1e-6, 1e12), Bounds::not_negative(2), {});
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.parameters[0] / 18.7e-6, 1, 1e-9);
  EXPECT_NEAR(fit.parameters[1] / 3.2e12, 1, 1e-9);
}

TEST(LeastSquares, AvoidsPlacesWhereTheModelHasNoValue) {
  const Residuals root = [](const VectorXd& p) -> VectorXd {  // NaN below 0
    return column({std::sqrt(p[0]) - 0.1});
  };
  const auto fit = least_squares(root, column({9}), Bounds::none(1), {});
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.parameters[0], 0.01, 1e-10);
}

TEST(LeastSquares, SaysWhenItHasNotConverged) {
  LeastSquaresOptions options;
  options.most_iterations = 2;
  const Residuals valley = [](const VectorXd& p) -> VectorXd {
    return Vector2d(10 * (p[1] - p[0] * p[0]), 1 - p[0]);
  };
  const auto fit = least_squares(valley, Vector2d(-1.2, 1), Bounds::none(2), options);
  EXPECT_FALSE(fit.converged);
  EXPECT_EQ(fit.iterations, 2);
}

TEST(LeastSquares, CountsWhatItEvaluates) {
  int calls = 0;
  const Residuals counted = [&](const VectorXd& p) -> VectorXd {
    ++calls;
    return column({p[0] - 1, p[0] + 1});
  };
  const auto fit = least_squares(counted, column({3}), Bounds::none(1), {});
  EXPECT_EQ(fit.evaluations, calls);
}

TEST(LeastSquares, NeverLeavesTheBoundsNotEvenForDifferences) {
  const Bounds bounds{Vector2d(0, 1), Vector2d(1, 2)};
  for (const Differences differences : {Differences::Forward, Differences::Central}) {
    LeastSquaresOptions options;
    options.differences = differences;
    const Residuals watched = [&](const VectorXd& p) -> VectorXd {
      EXPECT_EQ(p, bounds.nearest(p));
      return Vector2d(p[0] * p[1] - 3, p[0] - p[1]);
    };
    const auto fit = least_squares(watched, Vector2d(1, 1), bounds, options);
    EXPECT_TRUE(fit.converged);
    EXPECT_EQ(fit.parameters[0], 1);
  }
}

TEST(LeastSquares, RefusesAStartWithoutAValue) {
  const Residuals root = [](const VectorXd& p) -> VectorXd { return p.cwiseSqrt(); };
  EXPECT_THROW(least_squares(root, column({-1}), Bounds::none(1), {}), InternalError);
  EXPECT_THROW(least_squares(root, Vector2d(1, 1), Bounds::none(1), {}), InternalError);
  EXPECT_THROW(least_squares(root, column({1}), {column({2}), column({1})}, {}), InternalError);
}

// p^4 - 8 p^2 + p has two minima, the left one lower: near -2.03 and near 1.97.
TEST(LeastSquaresFromMany, TakesTheBestOfItsStarts) {
  const Residuals two_valleys = [](const VectorXd& p) -> VectorXd {
    return column({p[0] * p[0] - 4, 0.1 * (p[0] + 2), std::sqrt(p[0] + 50) * 1e-3});
  };
  const std::array<VectorXd, 3> starts = {column({-99}), column({3}), column({-3})};
  const auto fit = least_squares_from_many(two_valleys, starts, Bounds::none(1), {});
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.parameters[0], -2, 0.01);
  EXPECT_THROW(
      least_squares_from_many(two_valleys, std::span(starts).first(1), Bounds::none(1), {}),
      InternalError);
}

// Noisy lines with one outlier: no point nearby in the box is cheaper.
RC_GTEST_PROP(LeastSquares, NothingNearbyIsCheaper, ()) {
  const auto draw = [] { return 0.1 * *rc::gen::inRange(-50, 51); };
  const VectorXd x = VectorXd::LinSpaced(8, 0, 7);
  const VectorXd y = VectorXd::NullaryExpr(8, draw);
  const Loss loss = *rc::gen::element(Loss::Linear, Loss::SoftL1);
  const double middle = draw();
  const Bounds bounds{Vector2d(middle - 1, -0.5), Vector2d(middle + 1, 0.5)};
  const auto residuals = line_through(x, y);
  const auto fit = least_squares(residuals, Vector2d(draw(), draw()), bounds, robust(loss, 0.5));
  RC_ASSERT(fit.converged);
  for (const Vector2d& move : {Vector2d(1e-4, 0), Vector2d(-1e-4, 0), Vector2d(0, 1e-4),
                               Vector2d(0, -1e-4), Vector2d(1e-4, -2e-5), Vector2d(-1e-4, 2e-5)}) {
    const VectorXd beside = bounds.nearest(fit.parameters + move);
    RC_ASSERT(cost_of(residuals(beside), loss, 0.5) >= fit.cost * (1 - 1e-12));
  }
}

}  // namespace
}  // namespace kvsim::fit
