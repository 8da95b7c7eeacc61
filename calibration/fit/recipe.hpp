// What is fitted for which operator: the law, its free parameters and where their search begins,
// which rows count how much, and which rows the card is judged by.
//
// Starts are fits to the H100 and A100 tables of aiconfigurator@095f58a; another GPU's fit begins
// there and goes where its own rows lead. Exponents of tiles and of log-context are fixed: tables
// with powers of two tell them badly apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "calibration/fit/samples.hpp"

namespace kvsim::fit {

/// A form with its fixed fields. Fitted from each start; the best of them stands for the law.
struct Law {
  std::string name;
  std::vector<spec::CardSpec> starts;
  std::vector<std::string_view> free;
};

struct Recipe {
  spec::CardForm form = spec::CardForm::Streaming;
  std::string fold_word;  ///< what a fold holds out: "head shape"
  double loss_scale = 0.05;
  std::vector<std::string_view> judged;  ///< regimes; fitted with weight 1
  std::vector<std::string_view> also_fitted;
  double also_weight = 1;        ///< of each such row, or
  bool weight_is_total = false;  ///< of all of them over all judged rows
  /// Simplest first: a later law is taken where its cost is at least a tenth lower.
  std::vector<Law> laws;
};

/// Requires: `op` is one of operators_with_tables() and no collective (checked).
[[nodiscard]] Recipe recipe_for(spec::CardOperator op, const std::string& dtype);

/// Full sliding windows, on top of the law that `card` has; nothing where no row has one.
[[nodiscard]] std::optional<Recipe> window_recipe(const spec::CardSpec& card,
                                                  const Samples& samples);

/// Regimes that count when a card of this operator is judged; of a collective all.
[[nodiscard]] std::vector<std::string_view> judged_regimes(spec::CardOperator op);

/// What is fitted, in words for a page: "cold, at most 16 query heads per KV head".
[[nodiscard]] std::string judged_words(spec::CardOperator op);

/// A later law must be this much better than the simplest one.
inline constexpr double kWorthALaw = 0.9;

}  // namespace kvsim::fit
