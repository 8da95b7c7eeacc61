#include "sim/cost/price_draw.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "sim/base/rng.hpp"

namespace kvsim::cost {
namespace {

// Box and Muller (1958): one of the two normals that two uniforms make.
double standard_normal(const std::string& stream, const spec::PriceDraw& draw) {
  RandomDraws draws = Rng::stream(stream, draw.seed).at(draw.index);
  const double radius = std::sqrt(-2 * std::log(draws.uniform()));
  return radius * std::cos(2 * std::numbers::pi * draws.uniform());
}

}  // namespace

double price_factor(const spec::PriceDraw& draw, std::string_view card, std::string_view op,
                    const PriceSpread& spread) {
  const double common = standard_normal(fmt::format("card errors: {}", card), draw);
  const double own = standard_normal(fmt::format("card errors: {}: {}", card, op), draw);
  return std::exp(spread.common * common + spread.own * own);
}

}  // namespace kvsim::cost
