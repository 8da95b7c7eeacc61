#include "calibration/fit/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "calibration/fit/recipe.hpp"
#include "sim/cost/call_time.hpp"

namespace kvsim::fit {
namespace {

constexpr double kErrorDigits = 1e4;  // cards say 0.0219

// Rows by the name of their group, in the order of names.
using RowsByName = std::map<std::string, std::vector<int>>;

ErrorSummary errors_of(const std::vector<int>& rows, const Samples& samples,
                       const Eigen::VectorXd& predicted) {
  Eigen::VectorXd measured(static_cast<Eigen::Index>(rows.size()));
  for (Eigen::Index i = 0; i < measured.size(); ++i) {
    measured[i] = samples.rows[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])].seconds;
  }
  return summarise_errors(predicted(rows), measured);
}

double to_four_digits(double share) { return std::round(share * kErrorDigits) / kErrorDigits; }

bool is_judged(spec::CardOperator op, const std::string& regime) {
  const auto regimes = judged_regimes(op);
  return regimes.empty() || std::find(regimes.begin(), regimes.end(), regime) != regimes.end();
}

}  // namespace

bool is_rejected(const Sample& sample) {
  return sample.verdict == GateVerdict::AboveBandwidth ||
         sample.verdict == GateVerdict::AboveComputeRate;
}

Eigen::VectorXd predictions_of(const spec::CardSpec& card, const Samples& samples,
                               const spec::GpuSpec& gpu) {
  Eigen::VectorXd predicted(static_cast<Eigen::Index>(samples.rows.size()));
  Eigen::Index i = 0;
  for (const Sample& sample : samples.rows) {
    predicted[i++] = cost::call_seconds(sample.op, card, gpu, sample.batch);
  }
  return predicted;
}

Evaluation evaluate(spec::CardOperator op, const Samples& samples,
                    const Eigen::VectorXd& predicted) {
  std::vector<int> judged;
  std::vector<int> every;
  std::map<std::string, RowsByName> groups;
  Evaluation evaluation;
  for (int i = 0; i < static_cast<int>(samples.rows.size()); ++i) {
    const Sample& sample = samples.rows[static_cast<std::size_t>(i)];
    if (is_rejected(sample)) {
      ++evaluation.rejected;
      continue;
    }
    every.push_back(i);
    groups["regime"][sample.regime].push_back(i);
    if (is_judged(op, sample.regime)) {
      judged.push_back(i);
      groups["dtype"][sample.dtype].push_back(i);
      if (!sample.variant.empty()) {
        groups["variant"][sample.variant].push_back(i);
      }
    }
  }
  evaluation.judged = errors_of(judged, samples, predicted);
  evaluation.every = errors_of(every, samples, predicted);
  for (const std::string by : {"regime", "variant", "dtype"}) {
    for (const auto& [name, rows] : groups[by]) {
      evaluation.groups.push_back({by, name, errors_of(rows, samples, predicted)});
    }
  }
  return evaluation;
}

spec::CardErrors card_errors(const ErrorSummary& errors) {
  spec::CardErrors card;
  card.points = errors.n;
  if (errors.n > 0) {
    card.mape = to_four_digits(errors.mape);
    card.median = to_four_digits(errors.median);
    card.p90 = to_four_digits(errors.p90);
    card.p95 = to_four_digits(errors.p95);
    card.wape = to_four_digits(errors.wape);
    card.bias = to_four_digits(errors.bias);
  }
  return card;
}

spec::CardResiduals card_residuals(const Evaluation& evaluation) {
  spec::CardResiduals residuals;
  residuals.all = card_errors(evaluation.judged);
  residuals.rejected = evaluation.rejected;
  for (const ErrorGroup& group : evaluation.groups) {
    residuals.groups.push_back({group.by, group.name, card_errors(group.errors)});
  }
  return residuals;
}

}  // namespace kvsim::fit
