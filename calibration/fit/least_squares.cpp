#include "calibration/fit/least_squares.hpp"

#include <algorithm>
#include <cmath>

#include "calibration/fit/box_quadratic.hpp"
#include "calibration/fit/covariance.hpp"
#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kFirstDamping = 1e-3;   // of a unit diagonal
constexpr double kLeastDamping = 1e-12;  // a full step, still solvable if columns depend
constexpr double kMostDamping = 1e16;    // beyond it no step is left
constexpr double kLeastGainRatio = 1e-4;
constexpr double kRoundingCost = 1e-28;  // of the start's cost: residuals fell by 14 digits
constexpr double kSmallestSize = 1e-3;   // of the typical size, for steps of differences

struct Point {
  VectorXd parameters;
  VectorXd residuals;
  double cost;
};

// Cost around a point, as a quadratic in parameters that are divided by `scale`.
struct Quadratic {
  MatrixXd jacobian;  // m x n, not scaled
  VectorXd gradient;
  MatrixXd hessian;
  Bounds room;  // what is left to the bounds
};

struct Step {
  Point target;  // without residuals yet
  double predicted_gain;
};

class TrustRegionSearch {
 public:
  TrustRegionSearch(const Residuals& residuals, const Bounds& bounds,
                    const LeastSquaresOptions& options)
      : residuals_(residuals), bounds_(bounds), options_(options) {}

  LeastSquaresFit run(const VectorXd& start) {
    typical_ = typical_of(start);
    here_ = {bounds_.nearest(start), {}, 0};
    KVSIM_CHECK(evaluate(here_), "the residuals at the start of a fit are not finite");
    rounding_cost_ = kRoundingCost * here_.cost;
    scale_ = VectorXd::Zero(start.size());
    LeastSquaresFit fit;
    Quadratic around = quadratic();
    fit.iterations = 1;
    while (!(fit.converged = has_converged(around)) && fit.iterations < options_.most_iterations &&
           improve(around)) {
      around = quadratic();
      ++fit.iterations;
    }
    if (fit.converged) {
      polish(around);
    }
    finish(fit, around);
    return fit;
  }

 private:
  [[nodiscard]] VectorXd typical_of(const VectorXd& start) const {
    if (options_.typical.size() > 0) {
      return options_.typical;
    }
    return start.unaryExpr([](double value) { return value == 0 ? 1 : std::abs(value); });
  }

  // False if the model has no value there.
  bool evaluate(Point& point) {
    point.residuals = residuals_(point.parameters);
    ++evaluations_;
    point.cost = cost_of(point.residuals, options_.loss, options_.loss_scale);
    return std::isfinite(point.cost);
  }

  Quadratic quadratic() {
    const Residuals counted = [this](const VectorXd& parameters) {
      ++evaluations_;
      return residuals_(parameters);
    };
    Quadratic around;
    around.jacobian = jacobian_of(counted, here_.parameters, here_.residuals, bounds_,
                                  kSmallestSize * typical_, options_.differences);
    KVSIM_CHECK(around.jacobian.allFinite(), "the derivatives of a fit's residuals are not finite");
    const VectorXd slopes = gradient_weights(here_.residuals, options_.loss, options_.loss_scale);
    const VectorXd curves = curvature_weights(here_.residuals, options_.loss, options_.loss_scale);
    around.gradient = around.jacobian.transpose() * slopes.cwiseProduct(here_.residuals);
    around.hessian = around.jacobian.transpose() * curves.asDiagonal() * around.jacobian;
    rescale(around);
    return around;
  }

  void rescale(Quadratic& around) {
    scale_ = scale_.cwiseMax(around.hessian.diagonal().cwiseSqrt());
    const VectorXd divisor = divisors();
    around.gradient = around.gradient.cwiseQuotient(divisor);
    const VectorXd inverse = divisor.cwiseInverse();
    around.hessian = inverse.asDiagonal() * around.hessian * inverse.asDiagonal();
    around.room = {(bounds_.lower - here_.parameters).cwiseProduct(divisor),
                   (bounds_.upper - here_.parameters).cwiseProduct(divisor)};
  }

  // A parameter without influence so far is measured in its typical size.
  [[nodiscard]] VectorXd divisors() const {
    return (scale_.array() > 0).select(scale_, typical_.cwiseInverse());
  }

  [[nodiscard]] Step step(const Quadratic& around, double damping) const {
    MatrixXd damped = around.hessian;
    damped.diagonal().array() += damping;
    const VectorXd move = minimise_in_box(damped, around.gradient, around.room);
    const double gain = -move.dot(around.gradient + 0.5 * (around.hessian * move));
    VectorXd target = bounds_.nearest(here_.parameters + move.cwiseQuotient(divisors()));
    target = (move.array() == around.room.lower.array()).select(bounds_.lower, target);
    target = (move.array() == around.room.upper.array()).select(bounds_.upper, target);
    return {{target, {}, 0}, gain};
  }

  [[nodiscard]] bool has_converged(const Quadratic& around) const {
    if (here_.cost <= rounding_cost_) {
      return true;
    }
    const Step full = step(around, kLeastDamping);
    const VectorXd sizes = here_.parameters.cwiseAbs().cwiseMax(kSmallestSize * typical_);
    const VectorXd moved = (full.target.parameters - here_.parameters).cwiseAbs();
    return full.predicted_gain <= options_.tolerance * here_.cost ||
           (moved.array() <= options_.parameter_tolerance * sizes.array()).all();
  }

  // Damps until a step lowers the cost, and takes it; false if none does.
  bool improve(const Quadratic& around) {
    double growth = 2;
    while (damping_ <= kMostDamping) {
      Step next = step(around, damping_);
      const bool has_value = evaluate(next.target);
      const double ratio = (here_.cost - next.target.cost) / next.predicted_gain;
      if (has_value && next.target.cost < here_.cost && ratio > kLeastGainRatio) {
        here_ = std::move(next.target);
        damping_ *= std::max(0.1, 1 - std::pow(2 * ratio - 1, 3));
        damping_ = std::max(damping_, kLeastDamping);
        return true;
      }
      damping_ *= growth;
      growth *= 2;
    }
    return false;
  }

  // The full step that was found to gain next to nothing: its gain is below the rounding of the
  // cost, but the error of the parameters is that of the square root of a cost.
  void polish(Quadratic& around) {
    Step full = step(around, kLeastDamping);
    const double most = here_.cost * (1 + options_.tolerance);
    if (evaluate(full.target) && full.target.cost <= most) {
      here_ = std::move(full.target);
      around = quadratic();
    }
  }

  void finish(LeastSquaresFit& fit, Quadratic& around) {
    fit.at_bound.resize(static_cast<std::size_t>(here_.parameters.size()));
    for (Index j = 0; j < here_.parameters.size(); ++j) {
      fit.at_bound[static_cast<std::size_t>(j)] =
          here_.parameters[j] == bounds_.lower[j] || here_.parameters[j] == bounds_.upper[j];
    }
    const VectorXd weights = gradient_weights(here_.residuals, options_.loss, options_.loss_scale);
    fit.covariance = covariance_of(around.jacobian, here_.residuals, weights, fit.at_bound);
    fit.jacobian = std::move(around.jacobian);
    fit.parameters = std::move(here_.parameters);
    fit.residuals = std::move(here_.residuals);
    fit.cost = here_.cost;
    fit.evaluations = evaluations_;
  }

  const Residuals& residuals_;
  const Bounds& bounds_;
  const LeastSquaresOptions& options_;
  Point here_;
  VectorXd typical_;
  VectorXd scale_;  // largest column norms of the weighted Jacobian so far
  double damping_ = kFirstDamping;
  double rounding_cost_ = 0;
  int evaluations_ = 0;
};

void check(const VectorXd& start, const Bounds& bounds, const LeastSquaresOptions& options) {
  KVSIM_CHECK(start.size() > 0 && start.allFinite(), "the start of a fit is empty or not finite");
  KVSIM_CHECK(start.size() == bounds.lower.size() && start.size() == bounds.upper.size(),
              "the bounds of a fit and its start differ in size");
  KVSIM_CHECK((bounds.lower.array() <= bounds.upper.array()).all(),
              "a lower bound of a fit is above the upper one");
  KVSIM_CHECK(options.loss_scale > 0, "the loss scale of a fit is not positive");
  const bool typical_is_usable =
      options.typical.size() == 0 ||
      (options.typical.size() == start.size() && (options.typical.array() > 0).all());
  KVSIM_CHECK(typical_is_usable, "the typical sizes of a fit are not one positive value each");
}

}  // namespace

LeastSquaresFit least_squares(const Residuals& residuals, const VectorXd& start,
                              const Bounds& bounds, const LeastSquaresOptions& options) {
  check(start, bounds, options);
  return TrustRegionSearch(residuals, bounds, options).run(start);
}

LeastSquaresFit least_squares_from_many(const Residuals& residuals,
                                        std::span<const VectorXd> starts, const Bounds& bounds,
                                        const LeastSquaresOptions& options) {
  std::optional<LeastSquaresFit> best;
  for (const VectorXd& start : starts) {
    check(start, bounds, options);
    if (!residuals(bounds.nearest(start)).allFinite()) {
      continue;
    }
    LeastSquaresFit fit = least_squares(residuals, start, bounds, options);
    if (!best || fit.cost < best->cost) {
      best = std::move(fit);
    }
  }
  KVSIM_CHECK(best.has_value(), "a fit has no usable start");
  return std::move(*best);
}

}  // namespace kvsim::fit
