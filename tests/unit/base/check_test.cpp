#include "sim/base/check.hpp"

#include <gtest/gtest.h>

namespace kvsim {
namespace {

TEST(Check, LetsTruthPass) { EXPECT_NO_THROW(KVSIM_CHECK(1 + 1 == 2, "arithmetic")); }

TEST(Check, NamesConditionAndPlaceOfABug) {
  try {
    KVSIM_CHECK(1 + 1 == 3, "arithmetic broke");
    FAIL() << "not thrown";
  } catch (const InternalError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.find("arithmetic broke (check '1 + 1 == 3' at check_test.cpp:"), 0U) << text;
  }
}

}  // namespace
}  // namespace kvsim
