#include "sim/base/spelling.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <vector>

namespace kvsim {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsSubstitutionsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("bandwith", "bandwidth"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("modle", "model"), 1U);
}

RC_GTEST_PROP(EditDistance, IsSymmetricAndZeroOnlyForEqualWords,
              (const std::string& a, const std::string& b)) {
  RC_ASSERT(edit_distance(a, b) == edit_distance(b, a));
  RC_ASSERT((edit_distance(a, b) == 0) == (a == b));
  RC_ASSERT(edit_distance(a, b) <= std::max(a.size(), b.size()));
}

TEST(NearestWord, FindsATypo) {
  const std::vector<std::string> words = {"bandwidth", "capacity", "name"};
  EXPECT_EQ(nearest_word("bandwith", words), "bandwidth");
  EXPECT_EQ(nearest_word("nmae", words), "name");
  EXPECT_EQ(nearest_word("capacity", words), "capacity");
}

TEST(NearestWord, SaysNothingWhenNothingIsNear) {
  const std::vector<std::string> words = {"bandwidth", "capacity", "name"};
  EXPECT_FALSE(nearest_word("router", words).has_value());
  EXPECT_FALSE(nearest_word("bandwidth", {}).has_value());
}

TEST(NearestWord, PrefersTheFirstOfEquallyNearWords) {
  const std::vector<std::string> words = {"tp", "pp", "dp"};
  EXPECT_EQ(nearest_word("xp", words), "tp");
}

}  // namespace
}  // namespace kvsim
