// The numbers of a card that can be fitted, by the names they have in its YAML.
//
// Cards hold durations in attoseconds and a few whole numbers; a fit walks over doubles. So each
// parameter says in which unit it is searched (`unit`, in SI) and what step of it is felt: a whole
// number does not change with the millionth part of itself.
#pragma once

#include <string_view>
#include <vector>

#include "sim/spec/card.hpp"

namespace kvsim::cost {

struct Parameter {
  std::string_view name;  ///< in the form: "launch", "unsplit.tile_floor"
  double unit = 1;        ///< of the search, in SI: 1e-6 for microseconds
  double lower = 0;       ///< in SI, as `upper` and the values
  double upper = 0;       ///< infinite: no limit
  double typical = 1;     ///< in units; derivatives step by 1.5e-11 of it
  double (*get)(const spec::CardSpec& card) = nullptr;
  void (*set)(spec::CardSpec& card, double value) = nullptr;
};

/// All that can be fitted of a form; none of tables and of the host.
[[nodiscard]] const std::vector<Parameter>& parameters_of(spec::CardForm form);

/// Those with these names, in this order. Requires: the form has them (checked).
[[nodiscard]] std::vector<Parameter> parameters_named(spec::CardForm form,
                                                      const std::vector<std::string_view>& names);

}  // namespace kvsim::cost
