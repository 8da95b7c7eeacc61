#include "calibration/fit/nnls.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd three_by_two() { return (MatrixXd(3, 2) << 1, 0, 0, 1, 1, 1).finished(); }

// Columns (1,0,1) and (0,1,1): A^T A = [2 1; 1 2]. With b = (1, 2, 3) the residual can be 0: x =
// (1, 2).
TEST(Nnls, EqualsThePlainSolutionWhereThatIsPositive) {
  const NnlsSolution solution = nnls(three_by_two(), Eigen::Vector3d(1, 2, 3));
  EXPECT_NEAR(solution.x[0], 1, 1e-14);
  EXPECT_NEAR(solution.x[1], 2, 1e-14);
  EXPECT_NEAR(solution.residual_norm, 0, 1e-14);
  EXPECT_EQ(solution.used, (std::vector<int>{0, 1}));
}

// b = (2, -1, 0): A^T b = (2, -1), so without the limit x = [2 -1; -1 2]/3 (2, -1) = (5/3, -4/3).
// With x1 = 0: x0 = 2/2 = 1, residual (1, 0, 1) - (2, -1, 0) = (-1, 1, 1) of norm sqrt 3;
// its product with column 1 is 1 + 1 = 2 > 0: to raise x1 would make it worse.
TEST(Nnls, HoldsACoefficientAtZeroByHand) {
  const NnlsSolution solution = nnls(three_by_two(), Eigen::Vector3d(2, -1, 0));
  EXPECT_NEAR(solution.x[0], 1, 1e-15);
  EXPECT_EQ(solution.x[1], 0);
  EXPECT_NEAR(solution.residual_norm, std::sqrt(3.0), 1e-15);
  EXPECT_EQ(solution.used, (std::vector<int>{0}));
}

TEST(Nnls, AnswersZeroWhereEveryColumnPointsAway) {
  const NnlsSolution solution = nnls(three_by_two(), Eigen::Vector3d(-1, -1, -1));
  EXPECT_EQ(solution.x, Eigen::Vector2d(0, 0));
  EXPECT_TRUE(solution.used.empty());
  EXPECT_NEAR(solution.residual_norm, std::sqrt(3.0), 1e-15);
}

// t = 18.7 us + bytes / (3.2 TB/s): columns 1 and bytes differ by eleven orders of magnitude.
TEST(Nnls, RecoversALaunchTimeBesideABandwidth) {
  MatrixXd columns(40, 3);
  VectorXd seconds(40);
  for (int i = 0; i < 40; ++i) {
    const double bytes = 1e8 * (1 + i % 7) + 3e7 * i;
    columns.row(i) << 1, bytes, 1e9 * (i % 3);
    seconds[i] = 18.7e-6 + bytes / 3.2e12;
  }
  const NnlsSolution solution = nnls(columns, seconds);
  EXPECT_NEAR(solution.x[0] / 18.7e-6, 1, 1e-10);
  EXPECT_NEAR(solution.x[1] * 3.2e12, 1, 1e-12);
  EXPECT_NEAR(solution.x[2] * 3.2e12, 0, 1e-12);
}

TEST(Nnls, AcceptsEmptyAndRepeatedColumns) {
  MatrixXd columns(3, 4);
  columns << 0, 1, 1, 2, 0, 1, 1, 0, 0, 1, 1, 1;
  const NnlsSolution solution = nnls(columns, Eigen::Vector3d(3, 1, 2));  // 1 (1,1,1) + 1 (2,0,1)
  EXPECT_EQ(solution.x[0], 0);
  EXPECT_NEAR(solution.x[1] + solution.x[2], 1, 1e-14);
  EXPECT_NEAR(solution.x[3], 1, 1e-14);
  EXPECT_NEAR(solution.residual_norm, 0, 1e-14);
}

TEST(Nnls, AcceptsFewerRowsThanColumns) {
  const MatrixXd row = (MatrixXd(1, 3) << -1, 2, 1).finished();
  const NnlsSolution solution = nnls(row, VectorXd::Constant(1, 4));
  EXPECT_NEAR(solution.residual_norm, 0, 1e-14);
  EXPECT_GE(solution.x.minCoeff(), 0);
}

TEST(Nnls, RefusesWhatIsNotFinite) {
  constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THROW(nnls(three_by_two(), Eigen::Vector3d(1, kNotANumber, 0)), InternalError);
  MatrixXd infinite = three_by_two();
  infinite(2, 1) = kInfinity;
  EXPECT_THROW(nnls(infinite, Eigen::Vector3d(1, 2, 3)), InternalError);
}

TEST(Nnls, RefusesSizesThatDisagree) {
  EXPECT_THROW(nnls(three_by_two(), Eigen::Vector2d(1, 2)), InternalError);
  EXPECT_THROW(nnls(MatrixXd(0, 2), VectorXd(0)), InternalError);
}

// Small whole numbers, so that columns often depend on each other.
const auto kDrawnEntry = [] { return static_cast<double>(*rc::gen::inRange(-4, 5)); };

// At the minimum the slope of the cost is 0 along each coefficient above 0, and not negative along
// each at 0. In units of the column's norm times that of b, where rounding is 1e-16 or so.
RC_GTEST_PROP(Nnls, SatisfiesTheConditionsOfAMinimum, ()) {
  const auto rows = *rc::gen::inRange<Eigen::Index>(1, 12);
  const auto columns = *rc::gen::inRange<Eigen::Index>(1, 9);
  MatrixXd matrix = MatrixXd::NullaryExpr(rows, columns, kDrawnEntry);
  for (Eigen::Index j = 0; j < columns; ++j) {
    matrix.col(j) *= std::pow(10.0, *rc::gen::inRange(-12, 13));
  }
  const VectorXd right_side = VectorXd::NullaryExpr(rows, kDrawnEntry);

  const NnlsSolution solution = nnls(matrix, right_side);
  const VectorXd slopes = matrix.transpose() * (matrix * solution.x - right_side);
  for (Eigen::Index j = 0; j < columns; ++j) {
    const double tolerance = 1e-12 * matrix.col(j).norm() * right_side.norm();
    RC_ASSERT(solution.x[j] >= 0);
    RC_ASSERT(slopes[j] >= -tolerance);
    RC_ASSERT(solution.x[j] == 0 || slopes[j] <= tolerance);
  }
}

RC_GTEST_PROP(Nnls, FindsCoefficientsThatMadeTheData, ()) {
  const MatrixXd matrix = MatrixXd::NullaryExpr(12, 4, kDrawnEntry);
  const VectorXd wanted =
      VectorXd::NullaryExpr(4, [] { return static_cast<double>(*rc::gen::inRange(0, 5)); });
  const NnlsSolution solution = nnls(matrix, matrix * wanted);
  RC_ASSERT(solution.residual_norm <= 1e-12 * (1 + (matrix * wanted).norm()));
}

}  // namespace
}  // namespace kvsim::fit
