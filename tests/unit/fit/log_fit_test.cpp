#include "calibration/fit/log_fit.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

using Eigen::Vector2d;
using Eigen::VectorXd;

TimeModel constant_time(Eigen::Index rows) {
  return [rows](const VectorXd& p) -> VectorXd { return VectorXd::Constant(rows, p[0]); };
}

TEST(LogFit, ResidualIsTheLogarithmOfTheRatio) {
  const Residuals residuals = log_residuals(constant_time(2), Vector2d(1, 4));
  const VectorXd r = residuals(VectorXd::Constant(1, 2));
  EXPECT_DOUBLE_EQ(r[0], std::log(2.0));
  EXPECT_DOUBLE_EQ(r[1], -std::log(2.0));
}

// The best constant for times 1 and 4 is the one that is off by the same factor on both sides.
TEST(LogFit, AConstantIsTheGeometricMean) {
  const auto fit = least_squares(log_residuals(constant_time(2), Vector2d(1, 4)),
                                 VectorXd::Constant(1, 1), Bounds::not_negative(1), {});
  EXPECT_NEAR(fit.parameters[0], 2, 1e-9);
}

TEST(LogFit, HasNoValueWhereATimeIsNotPositive) {
  const Residuals residuals = log_residuals(constant_time(2), Vector2d(1, 4));
  EXPECT_TRUE(std::isnan(residuals(VectorXd::Constant(1, 0))[0]));
  EXPECT_TRUE(std::isnan(residuals(VectorXd::Constant(1, -1))[0]));
}

TEST(LogFit, RefusesTimesThatAreNotPositiveAndRowsThatDoNotMatch) {
  EXPECT_THROW(log_residuals(constant_time(2), Vector2d(1, 0)), InternalError);
  const Residuals three = log_residuals(constant_time(3), Vector2d(1, 4));
  EXPECT_THROW(three(VectorXd::Constant(1, 1)), InternalError);
}

// t = t0 + (M^3 + C^3)^(1/3), M = bytes / (eta BW), C = flops / (mfu P): the form of a card, with
// one row in twenty measured three times too slow.
TEST(LogFit, RecoversACardsFormInSpiteOfOutliers) {
  constexpr double kBandwidth = 3.35e12;
  constexpr double kPeak = 989e12;
  constexpr Eigen::Index kRows = 100;
  VectorXd bytes(kRows);
  VectorXd flops(kRows);
  for (Eigen::Index i = 0; i < kRows; ++i) {
    bytes[i] = 1e6 * std::pow(1.1, static_cast<double>(i % 50));
    flops[i] = bytes[i] * (i < 50 ? 8 : 900);
  }
  const TimeModel form = [&](const VectorXd& p) -> VectorXd {
    const Eigen::ArrayXd memory = bytes.array() / (p[1] * kBandwidth);
    const Eigen::ArrayXd compute = flops.array() / (p[2] * kPeak);
    return p[0] + (memory.cube() + compute.cube()).pow(1.0 / 3);
  };
  const Eigen::Vector3d wanted(18.7e-6, 0.959, 0.62);
  VectorXd measured = form(wanted);
  for (Eigen::Index i = 3; i < kRows; i += 20) {
    measured[i] *= 3;
  }
  const Bounds bounds{Eigen::Vector3d(0, 0.01, 0.01), Eigen::Vector3d(1e-3, 1, 1)};
  const std::array<VectorXd, 2> starts = {Eigen::Vector3d(1e-6, 0.5, 0.5),
                                          Eigen::Vector3d(1e-4, 0.9, 0.9)};
  const auto fit =
      least_squares_from_many(log_residuals(form, measured), starts, bounds, log_fit_options());
  EXPECT_TRUE(fit.converged);
  EXPECT_NEAR(fit.parameters[0] / wanted[0], 1, 0.02);
  EXPECT_NEAR(fit.parameters[1] / wanted[1], 1, 0.02);
  EXPECT_NEAR(fit.parameters[2] / wanted[2], 1, 0.02);
  EXPECT_TRUE(fit.covariance.has_value());
}

}  // namespace
}  // namespace kvsim::fit
