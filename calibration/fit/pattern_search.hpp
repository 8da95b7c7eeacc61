// The lowest point of a function of few positive variables that can only be evaluated: Hooke and
// Jeeves (1961, JACM 8:212), in the logarithms of the variables.
//
// For what has no derivative, such as the error of whole simulations. Deterministic; stops at a
// local minimum, so callers start it from the best point of a grid.
#pragma once

#include <functional>
#include <vector>

namespace kvsim::fit {

struct SearchResult {
  std::vector<double> at;
  double value = 0;
  int evaluations = 0;
};

/// Steps begin at a factor of `first_factor` and are halved (in the logarithm) until they are
/// below a factor of 1 + `tolerance`. Requires: start is not empty and above zero (checked).
[[nodiscard]] SearchResult pattern_search(
    const std::function<double(const std::vector<double>&)>& value, std::vector<double> start,
    double first_factor = 2, double tolerance = 0.01);

}  // namespace kvsim::fit
