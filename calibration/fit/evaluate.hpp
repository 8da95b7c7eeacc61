// How far a card is from a table: of the rows it is judged by, and of every kind of row apart.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "calibration/fit/errors.hpp"
#include "calibration/fit/samples.hpp"

namespace kvsim::fit {

struct ErrorGroup {
  std::string by;    ///< regime, variant, dtype
  std::string name;  ///< "cold", "gqa-4", "bf16"
  ErrorSummary errors;
};

struct Evaluation {
  ErrorSummary judged;        ///< rows that the operator's cards are judged by (recipe.hpp)
  ErrorSummary every;         ///< all rows that can be true
  std::int64_t rejected = 0;  ///< rows that cannot: see gate.hpp
  /// Regimes of all rows; variants and dtypes of the judged ones.
  std::vector<ErrorGroup> groups;
};

/// Seconds by the card, one per row.
[[nodiscard]] Eigen::VectorXd predictions_of(const spec::CardSpec& card, const Samples& samples,
                                             const spec::GpuSpec& gpu);

/// Of predictions that come from anywhere, one per row.
[[nodiscard]] Evaluation evaluate(spec::CardOperator op, const Samples& samples,
                                  const Eigen::VectorXd& predicted);

/// The judged rows' errors and the groups as cards hold them, to four digits.
[[nodiscard]] spec::CardErrors card_errors(const ErrorSummary& errors);
[[nodiscard]] spec::CardResiduals card_residuals(const Evaluation& evaluation);

[[nodiscard]] bool is_rejected(const Sample& sample);

}  // namespace kvsim::fit
