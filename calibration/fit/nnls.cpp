#include "calibration/fit/nnls.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <limits>
#include <optional>

#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The same minimiser with columns of norm 1 and at most as many rows as columns.
struct Problem {
  MatrixXd matrix;
  VectorXd right_side;
  VectorXd column_norms;  // of the original; 1 where the column is empty

  [[nodiscard]] VectorXd descent(const VectorXd& x) const {  // minus the gradient
    return matrix.transpose() * (right_side - matrix * x);
  }
};

struct State {
  VectorXd x;
  VectorXd descent;
  std::vector<Index> passive;  // ascending
};

Problem make_problem(const MatrixXd& matrix, const VectorXd& right_side) {
  Problem problem{matrix, right_side, VectorXd::Ones(matrix.cols())};
  for (Index j = 0; j < matrix.cols(); ++j) {
    const double norm = matrix.col(j).stableNorm();
    if (norm > std::numeric_limits<double>::min()) {
      problem.column_norms[j] = norm;
    }
    problem.matrix.col(j) /= problem.column_norms[j];
  }
  if (matrix.rows() > matrix.cols()) {
    const Eigen::HouseholderQR<MatrixXd> qr(problem.matrix);
    const VectorXd rotated = qr.householderQ().adjoint() * right_side;
    problem.matrix = qr.matrixQR().topRows(matrix.cols()).triangularView<Eigen::Upper>();
    problem.right_side = rotated.head(matrix.cols());
  }
  return problem;
}

// The unconstrained minimiser over the passive columns, 0 elsewhere.
VectorXd passive_minimiser(const Problem& problem, const std::vector<Index>& passive) {
  const MatrixXd columns = problem.matrix(Eigen::all, passive);
  VectorXd x = VectorXd::Zero(problem.matrix.cols());
  x(passive) = columns.colPivHouseholderQr().solve(problem.right_side);
  return x;
}

// Moves from `state.x` towards `target` until the first coefficient would turn negative; those that
// arrive at 0 leave the passive set.
void move_to_boundary(State& state, const VectorXd& target) {
  const VectorXd before = state.x;
  const auto share_until_zero = [&](Index i) {
    return target[i] <= 0 ? before[i] / (before[i] - target[i]) : 1;
  };
  double share = 1;
  for (const Index i : state.passive) {
    share = std::min(share, share_until_zero(i));
  }
  state.x += share * (target - before);
  const auto leaves = [&](Index i) {
    return (target[i] <= 0 && share_until_zero(i) <= share) || state.x[i] <= 0;
  };
  for (const Index i : state.passive) {
    state.x[i] = leaves(i) ? 0 : state.x[i];
  }
  std::erase_if(state.passive, [&](Index i) { return state.x[i] == 0; });
}

// `state` with column `entering`, at the minimiser of what is then passive; none if rounding ate
// the gain (the column depends on the passive ones), so that no set of columns comes twice.
std::optional<State> with_column(const Problem& problem, State state, Index entering) {
  const State before = state;
  state.passive.insert(std::lower_bound(state.passive.begin(), state.passive.end(), entering),
                       entering);
  VectorXd target = passive_minimiser(problem, state.passive);
  if (target[entering] <= 0) {
    return std::nullopt;
  }
  while (!state.passive.empty() && target(state.passive).minCoeff() <= 0) {
    move_to_boundary(state, target);
    target = passive_minimiser(problem, state.passive);
  }
  state.x = target;
  state.descent = problem.descent(state.x);
  // Exact for a quadratic, and without the cancellation of two sums of squares.
  const double gain = 0.5 * (state.x - before.x).dot(before.descent + state.descent);
  return gain > 0 ? std::optional(std::move(state)) : std::nullopt;
}

// The column outside the passive set along which the residual falls fastest.
std::optional<Index> steepest(const State& state, const std::vector<bool>& refused,
                              double tolerance) {
  std::optional<Index> best;
  for (Index j = 0; j < state.x.size(); ++j) {
    const bool open = !refused[static_cast<std::size_t>(j)] &&
                      !std::binary_search(state.passive.begin(), state.passive.end(), j);
    if (open && state.descent[j] > (best ? state.descent[*best] : tolerance)) {
      best = j;
    }
  }
  return best;
}

State solve(const Problem& problem) {
  const Index columns = problem.matrix.cols();
  // Of one entry of the gradient: rounding of a dot product of a unit column with the residual.
  const double tolerance = 10 * std::numeric_limits<double>::epsilon() *
                           static_cast<double>(columns) * problem.right_side.stableNorm();
  const VectorXd nothing = VectorXd::Zero(columns);
  State state{nothing, problem.descent(nothing), {}};
  std::vector<bool> refused(static_cast<std::size_t>(columns), false);
  while (const auto entering = steepest(state, refused, tolerance)) {
    if (auto better = with_column(problem, state, *entering)) {
      state = std::move(*better);
      std::fill(refused.begin(), refused.end(), false);
    } else {
      refused[static_cast<std::size_t>(*entering)] = true;
    }
  }
  return state;
}

}  // namespace

NnlsSolution nnls(const MatrixXd& matrix, const VectorXd& right_side) {
  KVSIM_CHECK(matrix.rows() > 0 && matrix.cols() > 0, "non-negative least squares without data");
  KVSIM_CHECK(matrix.rows() == right_side.size(), "the matrix and the right side differ in rows");
  KVSIM_CHECK(matrix.allFinite() && right_side.allFinite(),
              "non-negative least squares of a value that is not finite");
  const Problem problem = make_problem(matrix, right_side);
  const State state = solve(problem);
  NnlsSolution solution{state.x.cwiseQuotient(problem.column_norms), 0, {}};
  solution.residual_norm = (matrix * solution.x - right_side).stableNorm();
  for (const Index i : state.passive) {
    solution.used.push_back(static_cast<int>(i));
  }
  return solution;
}

}  // namespace kvsim::fit
