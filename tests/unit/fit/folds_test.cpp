#include "calibration/fit/folds.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

std::vector<std::string> rows_of(std::initializer_list<std::pair<std::string, int>> groups) {
  std::vector<std::string> keys;
  for (const auto& [key, count] : groups) {
    keys.insert(keys.end(), static_cast<std::size_t>(count), key);
  }
  return keys;
}

std::vector<int> sizes(const Folds& folds) {
  std::vector<int> rows(static_cast<std::size_t>(folds.count), 0);
  for (const int fold : folds.of_row) {
    ++rows[static_cast<std::size_t>(fold)];
  }
  return rows;
}

// e 5, b 4, c 3, d 3, a 1 into two folds: e -> 0 (5), b -> 1 (4), c -> 1 (7), d -> 0 (8), a -> 1
// (8).
TEST(Folds, DealsTheLargestGroupFirstToTheLightestFold) {
  const auto keys = rows_of({{"a", 1}, {"b", 4}, {"c", 3}, {"d", 3}, {"e", 5}});
  const Folds folds = folds_by_group(keys, 2);
  EXPECT_EQ(folds.count, 2);
  EXPECT_EQ(folds.of_row, (std::vector<int>{1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(sizes(folds), (std::vector<int>{8, 8}));
}

TEST(Folds, GroupsOfOneSizeGoByTheirKeys) {
  const std::vector<std::string> keys = {"c", "a", "b", "d"};
  EXPECT_EQ(folds_by_group(keys, 2).of_row, (std::vector<int>{0, 0, 1, 1}));
}

TEST(Folds, AreNoMoreThanTheGroups) {
  const std::vector<std::string> keys = {"x", "y", "x"};
  EXPECT_EQ(folds_by_group(keys, 5).count, 2);
  EXPECT_EQ(folds_by_group({}, 5).count, 0);
  EXPECT_THROW(folds_by_group(keys, 0), InternalError);
}

TEST(Folds, SplitsRowsIntoFittedAndHeldOut) {
  const std::vector<std::string> keys = {"x", "y", "x"};
  const FoldRows rows = rows_of_fold(folds_by_group(keys, 2), 0);  // x has more rows: fold 0
  EXPECT_EQ(rows.held_out, (std::vector<int>{0, 2}));
  EXPECT_EQ(rows.fitted, (std::vector<int>{1}));
  EXPECT_THROW(rows_of_fold(folds_by_group(keys, 2), 2), InternalError);
}

RC_GTEST_PROP(Folds, AGroupIsInOneFoldWhateverTheOrderOfRows, ()) {
  auto keys = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>()));
  const int most = *rc::gen::inRange(1, 6);
  const auto fold_of_key = [&] {
    const Folds folds = folds_by_group(keys, most);
    std::map<std::string, std::set<int>> result;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      result[keys[i]].insert(folds.of_row[i]);
    }
    return result;
  };
  const auto forwards = fold_of_key();
  std::set<int> used;
  for (const auto& [key, folds] : forwards) {
    RC_ASSERT(folds.size() == 1U);
    used.insert(*folds.begin());
  }
  RC_ASSERT(used.size() == std::min(static_cast<std::size_t>(most), forwards.size()));
  std::reverse(keys.begin(), keys.end());
  RC_ASSERT(fold_of_key() == forwards);
}

}  // namespace
}  // namespace kvsim::fit
