#include "calibration/fit/errors.hpp"

#include <gtest/gtest.h>

#include "sim/base/check.hpp"
#include "tests/unit/fit/column.hpp"

namespace kvsim::fit {
namespace {

// Measured 10, 10, 20, 40, 20; predicted 11, 9, 25, 40, 10: errors +0.1, -0.1, +0.25, 0, -0.5.
// Sorted sizes 0, 0.1, 0.1, 0.25, 0.5; p90 at position 3.6: 0.25 + 0.6 * 0.25; p95 at 3.8.
TEST(Errors, ByHand) {
  const ErrorSummary errors =
      summarise_errors(column({11, 9, 25, 40, 10}), column({10, 10, 20, 40, 20}));
  EXPECT_EQ(errors.n, 5);
  EXPECT_DOUBLE_EQ(errors.mape, 0.95 / 5);
  EXPECT_DOUBLE_EQ(errors.median, 0.1);
  EXPECT_DOUBLE_EQ(errors.p90, 0.4);
  EXPECT_DOUBLE_EQ(errors.p95, 0.45);
  EXPECT_DOUBLE_EQ(errors.wape, 17.0 / 100);
  EXPECT_DOUBLE_EQ(errors.bias, -0.25 / 5);
}

TEST(Errors, OfOneRowAreThatRows) {
  const ErrorSummary errors = summarise_errors(column({3}), column({4}));
  for (const double size : {errors.mape, errors.median, errors.p90, errors.p95, errors.wape}) {
    EXPECT_DOUBLE_EQ(size, 0.25);
  }
  EXPECT_DOUBLE_EQ(errors.bias, -0.25);
}

TEST(Errors, OfNothingAreZero) { EXPECT_EQ(summarise_errors(column({}), column({})).n, 0); }

TEST(Errors, RefuseTimesThatCannotBe) {
  EXPECT_THROW(static_cast<void>(summarise_errors(column({1}), column({0}))), InternalError);
  EXPECT_THROW(static_cast<void>(summarise_errors(column({1, 2}), column({1}))), InternalError);
}

}  // namespace
}  // namespace kvsim::fit
