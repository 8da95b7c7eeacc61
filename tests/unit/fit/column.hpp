// A column of numbers as a vector.
#pragma once

#include <Eigen/Core>
#include <initializer_list>

namespace kvsim::fit {

[[nodiscard]] inline Eigen::VectorXd column(std::initializer_list<double> values) {
  return Eigen::Map<const Eigen::VectorXd>(values.begin(),
                                           static_cast<Eigen::Index>(values.size()));
}

}  // namespace kvsim::fit
