#include "calibration/fit/finite_differences.hpp"

#include <algorithm>
#include <cmath>

namespace kvsim::fit {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

double relative_step(Differences differences) {
  constexpr double kPrecision = std::numeric_limits<double>::epsilon();
  return differences == Differences::Central ? std::cbrt(kPrecision) : std::sqrt(kPrecision);
}

// The two values of one parameter between which the slope is taken.
struct Interval {
  double from;
  double to;
};

Interval interval_around(double value, double step, double lower, double upper,
                         Differences differences) {
  if (differences == Differences::Central) {
    return {std::max(lower, value - step), std::min(upper, value + step)};
  }
  return value + step <= upper ? Interval{value, value + step}
                               : Interval{std::max(lower, value - step), value};
}

}  // namespace

Eigen::MatrixXd jacobian_of(const Residuals& residuals, const VectorXd& parameters,
                            const VectorXd& at, const Bounds& bounds, const VectorXd& sizes,
                            Differences differences) {
  Eigen::MatrixXd jacobian = Eigen::MatrixXd::Zero(at.size(), parameters.size());
  VectorXd beside = parameters;
  const auto residuals_with = [&](Index j, double value) -> VectorXd {
    if (value == parameters[j]) {
      return at;
    }
    beside[j] = value;
    VectorXd result = residuals(beside);
    beside[j] = parameters[j];
    return result;
  };
  for (Index j = 0; j < parameters.size(); ++j) {
    const double step = relative_step(differences) * std::max(std::abs(parameters[j]), sizes[j]);
    const auto [from, to] =
        interval_around(parameters[j], step, bounds.lower[j], bounds.upper[j], differences);
    if (to > from) {
      jacobian.col(j) = (residuals_with(j, to) - residuals_with(j, from)) / (to - from);
    }
  }
  return jacobian;
}

}  // namespace kvsim::fit
