#include "calibration/fit/log_fit.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

double log_of_positive(double time) {
  return time > 0 ? std::log(time) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Residuals log_residuals(TimeModel model, const Eigen::VectorXd& measured) {
  KVSIM_CHECK(measured.allFinite() && (measured.array() > 0).all(),
              "a measured time is not positive");
  const Eigen::VectorXd wanted = measured.array().log();
  return [model = std::move(model), wanted](const Eigen::VectorXd& parameters) -> Eigen::VectorXd {
    const Eigen::VectorXd predicted = model(parameters);
    KVSIM_CHECK(predicted.size() == wanted.size(), "a model predicts another number of rows");
    return predicted.unaryExpr(&log_of_positive) - wanted;
  };
}

LeastSquaresOptions log_fit_options() {
  LeastSquaresOptions options;
  options.loss = Loss::SoftL1;
  options.loss_scale = 0.1;
  return options;
}

}  // namespace kvsim::fit
