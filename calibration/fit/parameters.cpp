#include "calibration/fit/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace kvsim::fit {
namespace {

using spec::CardSpec;

constexpr int kDigits = 5;

double to_digits(double value) {
  return std::strtod(fmt::format("{:.{}g}", value, kDigits).c_str(), nullptr);
}

}  // namespace

Eigen::VectorXd values_of(const CardSpec& card, const std::vector<Parameter>& parameters) {
  Eigen::VectorXd values(static_cast<Eigen::Index>(parameters.size()));
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    const Parameter& parameter = parameters[static_cast<std::size_t>(i)];
    values[i] = parameter.get(card) / parameter.unit;
  }
  return values;
}

CardSpec with_values(CardSpec card, const std::vector<Parameter>& parameters,
                     const Eigen::VectorXd& values) {
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    const Parameter& parameter = parameters[static_cast<std::size_t>(i)];
    parameter.set(card, values[i] * parameter.unit);
  }
  return card;
}

Bounds bounds_of(const std::vector<Parameter>& parameters) {
  Bounds bounds = Bounds::none(static_cast<Eigen::Index>(parameters.size()));
  for (Eigen::Index i = 0; i < bounds.lower.size(); ++i) {
    const Parameter& parameter = parameters[static_cast<std::size_t>(i)];
    bounds.lower[i] = parameter.lower / parameter.unit;
    bounds.upper[i] = parameter.upper / parameter.unit;
  }
  return bounds;
}

Eigen::VectorXd typical_sizes(const std::vector<Parameter>& parameters) {
  Eigen::VectorXd sizes(static_cast<Eigen::Index>(parameters.size()));
  for (Eigen::Index i = 0; i < sizes.size(); ++i) {
    sizes[i] = parameters[static_cast<std::size_t>(i)].typical;
  }
  return sizes;
}

CardSpec rounded(CardSpec card, const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters) {
    const double value = to_digits(parameter.get(card) / parameter.unit) * parameter.unit;
    parameter.set(card, std::clamp(value, parameter.lower, parameter.upper));
  }
  return card;
}

}  // namespace kvsim::fit
