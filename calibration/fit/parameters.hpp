// The numbers of a card that can be fitted (cost/card_parameters.hpp), as vectors to search over.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "calibration/fit/bounds.hpp"
#include "sim/cost/card_parameters.hpp"

namespace kvsim::fit {

using cost::Parameter;
using cost::parameters_named;
using cost::parameters_of;

// The same numbers as a vector, in the units of the search.
[[nodiscard]] Eigen::VectorXd values_of(const spec::CardSpec& card,
                                        const std::vector<Parameter>& parameters);
[[nodiscard]] spec::CardSpec with_values(spec::CardSpec card,
                                         const std::vector<Parameter>& parameters,
                                         const Eigen::VectorXd& values);
[[nodiscard]] Bounds bounds_of(const std::vector<Parameter>& parameters);
[[nodiscard]] Eigen::VectorXd typical_sizes(const std::vector<Parameter>& parameters);

/// To five significant digits, as cards are written: what is judged is what is shipped.
[[nodiscard]] spec::CardSpec rounded(spec::CardSpec card, const std::vector<Parameter>& parameters);

}  // namespace kvsim::fit
