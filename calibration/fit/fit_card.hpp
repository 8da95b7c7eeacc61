// From measured rows to a card: parameters, errors of held-out rows, covariance, domain.
//
// Predictions are those of sim/cost/call_time.hpp, the simulator's own. A row's residual is
// log(predicted / measured), under a loss that outliers cannot pull. Errors are of rows whose shape
// was held out: five fits on four fifths of the shapes each, the law chosen before on all of them.
// Rows that no fit sees (L2-warm, sliding windows, ...) are judged by the card itself.
#pragma once

#include <string>

#include "calibration/fit/recipe.hpp"

namespace kvsim::fit {

inline constexpr int kFolds = 5;

/// What a card says of its origin; the fit adds the numbers.
struct CardOrigin {
  std::string name;
  std::string kernel;
  std::string stack;
  std::string dtype;  ///< of the table
  std::string source;
  spec::Provenance provenance = spec::Provenance::FittedElsewhere;
};

struct CardFit {
  spec::CardSpec card;
  std::string law;
  int fitted = 0;  ///< rows
  bool converged = false;
};

/// Throws ConfigError where fewer rows are left than there are parameters.
[[nodiscard]] CardFit fit_card(spec::CardOperator op, const Samples& samples,
                               const spec::GpuSpec& gpu, const CardOrigin& origin);

/// For tables whose calls were launched from the host: its floor hides the launch that a replayed
/// CUDA graph shows, so both are left out of the card, `launch` is put in their place, and `source`
/// says so. Residuals stay those of the table. A card without a host floor stays as it is.
void replay_in_graphs(spec::CardSpec& card, Duration launch);

}  // namespace kvsim::fit
