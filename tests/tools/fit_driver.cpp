// Solves one problem of calibration/fit per line of standard input and writes one line each, so
// that fit_scipy_test.py can compare with scipy. Problems and answers are JSON:
//
//   {"solver": "nnls", "matrix": [[...], ...], "right_side": [...]}
//     -> {"x": [...], "residual_norm": r}
//   {"solver": "least_squares", "model": "exponential", "data": [[...], ...], "target": [...],
//    "start": [...], "lower": [...], "upper": [...], "loss": "soft_l1", "loss_scale": c}
//     -> {"x": [...], "cost": c, "converged": true, "covariance": [[...], ...] or null}
//
// The models, with the columns of `data` (named a, b) and parameters p0, p1, ...:
//   exponential  p0 exp(-p1 a) + p2 - target
//   card         log(p0 + ((a / p1)^3 + (b / p2)^3)^(1/3)) - log(target)
//   linear       sum of p_j data_j - target
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "calibration/fit/least_squares.hpp"
#include "calibration/fit/log_fit.hpp"
#include "calibration/fit/nnls.hpp"

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using kvsim::fit::Loss;
using kvsim::fit::Residuals;
using nlohmann::json;

VectorXd vector_of(const json& list) {
  VectorXd values(static_cast<Eigen::Index>(list.size()));
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    const json& entry = list[static_cast<std::size_t>(i)];
    values[i] = entry.is_string() ? std::stod(entry.get<std::string>()) : entry.get<double>();
  }
  return values;
}

MatrixXd matrix_of(const json& rows) {
  MatrixXd matrix(static_cast<Eigen::Index>(rows.size()),
                  static_cast<Eigen::Index>(rows.at(0).size()));
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    matrix.row(i) = vector_of(rows[static_cast<std::size_t>(i)]).transpose();
  }
  return matrix;
}

json list_of(const VectorXd& values) { return std::vector<double>(values.begin(), values.end()); }

json rows_of(const MatrixXd& matrix) {
  json rows = json::array();
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    rows.push_back(list_of(matrix.row(i).transpose()));
  }
  return rows;
}

Residuals residuals_of(const std::string& model, const MatrixXd& data, const VectorXd& target) {
  if (model == "exponential") {
    return [=](const VectorXd& p) -> VectorXd {
      return p[0] * (-p[1] * data.col(0).array()).exp() + p[2] - target.array();
    };
  }
  if (model == "linear") {
    return [=](const VectorXd& p) -> VectorXd { return data * p - target; };
  }
  if (model == "card") {
    const auto time = [=](const VectorXd& p) -> VectorXd {
      const Eigen::ArrayXd sum =
          (data.col(0).array() / p[1]).cube() + (data.col(1).array() / p[2]).cube();
      return p[0] + sum.pow(1.0 / 3);
    };
    return kvsim::fit::log_residuals(time, target);
  }
  throw std::runtime_error("unknown model " + model);
}

Loss loss_of(const std::string& name) {
  if (name == "soft_l1") {
    return Loss::SoftL1;
  }
  return name == "huber" ? Loss::Huber : Loss::Linear;
}

json solve_least_squares(const json& problem) {
  const Residuals residuals = residuals_of(problem.at("model"), matrix_of(problem.at("data")),
                                           vector_of(problem.at("target")));
  kvsim::fit::LeastSquaresOptions options;
  options.loss = loss_of(problem.at("loss"));
  options.loss_scale = problem.at("loss_scale");
  const auto fit = kvsim::fit::least_squares(
      residuals, vector_of(problem.at("start")),
      {vector_of(problem.at("lower")), vector_of(problem.at("upper"))}, options);
  return {{"x", list_of(fit.parameters)},
          {"cost", fit.cost},
          {"converged", fit.converged},
          {"iterations", fit.iterations},
          {"covariance", fit.covariance ? rows_of(*fit.covariance) : json()}};
}

json solve(const json& problem) {
  if (problem.at("solver") == "nnls") {
    const auto solution =
        kvsim::fit::nnls(matrix_of(problem.at("matrix")), vector_of(problem.at("right_side")));
    return {{"x", list_of(solution.x)}, {"residual_norm", solution.residual_norm}};
  }
  return solve_least_squares(problem);
}

}  // namespace

int main() {
  try {
    for (std::string line; std::getline(std::cin, line);) {
      std::cout << solve(json::parse(line)).dump() << '\n';
    }
  } catch (const std::exception& error) {
    std::cerr << "fit_driver: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
