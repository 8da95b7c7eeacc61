// One throw of the dice over the spread of prices: by what factor a price of the card is
// multiplied.
#pragma once

#include <string_view>

#include "sim/cost/price_spread.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cost {

/// exp(common·z(card) + own·z(card, operator)) with z standard normal, each from a stream of its
/// own name: neither the order of questions nor other operators move it.
[[nodiscard]] double price_factor(const spec::PriceDraw& draw, std::string_view card,
                                  std::string_view op, const PriceSpread& spread);

}  // namespace kvsim::cost
