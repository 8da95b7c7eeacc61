// Parameters by name: what is written is read back, in every form.
#include "calibration/fit/parameters.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

constexpr std::array kForms = {spec::CardForm::Streaming, spec::CardForm::Decode,
                               spec::CardForm::Gemm, spec::CardForm::Prefill, spec::CardForm::Moe};

// Some value inside the bounds, another one for each parameter.
double some_value(const Parameter& parameter, std::size_t index) {
  const double high = std::isfinite(parameter.upper) ? parameter.upper : 50 * parameter.unit;
  return parameter.lower + (high - parameter.lower) * static_cast<double>(index + 1) / 37;
}

TEST(Parameters, WhatIsSetIsReadBack) {
  for (const spec::CardForm form : kForms) {
    spec::CardSpec card;
    const std::vector<Parameter>& parameters = parameters_of(form);
    ASSERT_FALSE(parameters.empty());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      parameters[i].set(card, some_value(parameters[i], i));
    }
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const double value = some_value(parameters[i], i);
      const double step = parameters[i].typical >= 2e12 ? 0.5 : 1e-9 * value;  // whole numbers
      EXPECT_NEAR(parameters[i].get(card), value, step) << parameters[i].name;
    }
  }
}

TEST(Parameters, VectorsHoldThemInTheUnitsOfTheSearch) {
  spec::CardSpec card;
  card.decode.launch = to_duration(Seconds(10.52e-6));
  card.decode.bandwidth_efficiency = 0.95;
  const auto parameters =
      parameters_named(spec::CardForm::Decode, {"bandwidth_efficiency", "launch"});
  const Eigen::VectorXd values = values_of(card, parameters);
  EXPECT_DOUBLE_EQ(values[0], 0.95);
  EXPECT_NEAR(values[1], 10.52, 1e-12);  // microseconds
  const spec::CardSpec again = with_values(spec::CardSpec(), parameters, values);
  EXPECT_EQ(again.decode.launch, card.decode.launch);
}

TEST(Parameters, SharesOfAPeakEndAtOne) {
  for (const spec::CardForm form : kForms) {
    for (const Parameter& parameter : parameters_of(form)) {
      EXPECT_GE(parameter.lower, 0) << parameter.name;
      if (parameter.name.ends_with("_efficiency") && parameter.name != "l2_efficiency") {
        EXPECT_EQ(parameter.upper, 1) << parameter.name;
      }
    }
  }
}

TEST(Parameters, AreRoundedToFiveDigitsWithinTheirBounds) {
  spec::CardSpec card;
  card.gemm.launch = to_duration(Seconds(2.5441234e-6));
  card.gemm.bandwidth_efficiency = 0.999999;
  const auto parameters =
      parameters_named(spec::CardForm::Gemm, {"launch", "bandwidth_efficiency"});
  const spec::CardSpec short_one = rounded(card, parameters);
  EXPECT_EQ(short_one.gemm.launch, to_duration(Seconds(2.5441e-6)));
  EXPECT_EQ(short_one.gemm.bandwidth_efficiency, 1);
}

TEST(Parameters, UnknownNamesAreABug) {
  EXPECT_THROW((void)parameters_named(spec::CardForm::Moe, {"chain"}), InternalError);
}

}  // namespace
}  // namespace kvsim::fit
