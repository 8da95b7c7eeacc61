// A box: what each parameter of a fit may be. Infinite values mean no limit; equal ones fix it.
#pragma once

#include <Eigen/Core>
#include <limits>

namespace kvsim::fit {

struct Bounds {
  Eigen::VectorXd lower;
  Eigen::VectorXd upper;

  [[nodiscard]] static Bounds none(Eigen::Index parameters) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return {Eigen::VectorXd::Constant(parameters, -kInfinity),
            Eigen::VectorXd::Constant(parameters, kInfinity)};
  }
  [[nodiscard]] static Bounds not_negative(Eigen::Index parameters) {
    return {Eigen::VectorXd::Zero(parameters), none(parameters).upper};
  }
  [[nodiscard]] Eigen::VectorXd nearest(const Eigen::VectorXd& parameters) const {
    return parameters.cwiseMax(lower).cwiseMin(upper);
  }
};

}  // namespace kvsim::fit
