#include "calibration/fit/box_quadratic.hpp"

#include <Eigen/Cholesky>
#include <limits>
#include <optional>
#include <vector>

namespace kvsim::fit {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

class ActiveSet {
 public:
  ActiveSet(const Eigen::MatrixXd& hessian, const VectorXd& gradient, const Bounds& bounds)
      : hessian_(hessian), gradient_(gradient), bounds_(bounds) {
    y_ = VectorXd::Zero(gradient.size());
    for (Index j = 0; j < y_.size(); ++j) {
      if (bounds.lower[j] < 0 && bounds.upper[j] > 0) {
        free_.push_back(j);
      }
    }
  }

  [[nodiscard]] VectorXd minimiser() {
    // Each change of the set lowers the value, so this ends; rounding could still circle.
    const Index most_changes = 10 * (y_.size() + 1);
    for (Index change = 0; change < most_changes; ++change) {
      if (const auto blocking = advance()) {
        std::erase(free_, *blocking);
      } else if (const auto released = most_gaining()) {
        free_.push_back(*released);
      } else {
        break;
      }
    }
    return y_;
  }

 private:
  [[nodiscard]] VectorXd slope() const { return gradient_ + hessian_ * y_; }

  // Towards the minimiser over the free variables; the variable whose bound is met first, if any.
  std::optional<Index> advance() {
    if (free_.empty()) {
      return std::nullopt;
    }
    const Eigen::MatrixXd square = hessian_(free_, free_);
    const VectorXd step = square.ldlt().solve(-slope()(free_));
    double share = 1;
    std::optional<Index> blocking;  // place in free_
    for (Index i = 0; i < step.size(); ++i) {
      const Index j = free_[static_cast<std::size_t>(i)];
      const double room = (step[i] < 0 ? bounds_.lower[j] : bounds_.upper[j]) - y_[j];
      if (step[i] != 0 && room / step[i] < share) {
        share = room / step[i];
        blocking = i;
      }
    }
    y_(free_) += share * step;
    if (!blocking) {
      return std::nullopt;
    }
    const Index j = free_[static_cast<std::size_t>(*blocking)];
    y_[j] = step[*blocking] < 0 ? bounds_.lower[j] : bounds_.upper[j];
    return j;
  }

  // The variable at a bound whose move inwards lowers the value most per unit.
  [[nodiscard]] std::optional<Index> most_gaining() const {
    const VectorXd slopes = slope();
    double most = 16 * std::numeric_limits<double>::epsilon() * gradient_.lpNorm<Eigen::Infinity>();
    std::optional<Index> best;
    for (Index j = 0; j < y_.size(); ++j) {
      const bool may_rise = y_[j] == bounds_.lower[j] && bounds_.upper[j] > bounds_.lower[j];
      const bool may_fall = y_[j] == bounds_.upper[j] && bounds_.upper[j] > bounds_.lower[j];
      const double gain = may_rise ? -slopes[j] : (may_fall ? slopes[j] : 0);
      if (gain > most) {
        most = gain;
        best = j;
      }
    }
    return best;
  }

  const Eigen::MatrixXd& hessian_;
  const VectorXd& gradient_;
  const Bounds& bounds_;
  VectorXd y_;
  std::vector<Index> free_;
};

}  // namespace

VectorXd minimise_in_box(const Eigen::MatrixXd& hessian, const VectorXd& gradient,
                         const Bounds& bounds) {
  return ActiveSet(hessian, gradient, bounds).minimiser();
}

}  // namespace kvsim::fit
