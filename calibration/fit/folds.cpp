#include "calibration/fit/folds.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "sim/base/check.hpp"

namespace kvsim::fit {
namespace {

using RowCounts = std::map<std::string_view, std::int64_t>;

RowCounts count_rows(std::span<const std::string> group_of_row) {
  RowCounts counts;
  for (const std::string& key : group_of_row) {
    ++counts[key];
  }
  return counts;
}

std::map<std::string_view, int> deal(const RowCounts& counts, int folds) {
  std::vector<std::pair<std::string_view, std::int64_t>> groups(counts.begin(), counts.end());
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::int64_t> rows(static_cast<std::size_t>(folds), 0);
  std::map<std::string_view, int> fold_of;
  for (const auto& [key, count] : groups) {
    const auto lightest = std::min_element(rows.begin(), rows.end());
    fold_of[key] = static_cast<int>(lightest - rows.begin());
    *lightest += count;
  }
  return fold_of;
}

}  // namespace

Folds folds_by_group(std::span<const std::string> group_of_row, int most_folds) {
  KVSIM_CHECK(most_folds >= 1, "a fit needs at least one fold");
  const RowCounts counts = count_rows(group_of_row);
  Folds folds;
  folds.count = std::min(most_folds, static_cast<int>(counts.size()));
  const auto fold_of = deal(counts, folds.count);
  folds.of_row.reserve(group_of_row.size());
  for (const std::string& key : group_of_row) {
    folds.of_row.push_back(fold_of.at(key));
  }
  return folds;
}

FoldRows rows_of_fold(const Folds& folds, int fold) {
  KVSIM_CHECK(fold >= 0 && fold < folds.count, "there is no such fold");
  FoldRows rows;
  for (std::size_t row = 0; row < folds.of_row.size(); ++row) {
    auto& side = folds.of_row[row] == fold ? rows.held_out : rows.fitted;
    side.push_back(static_cast<int>(row));
  }
  return rows;
}

}  // namespace kvsim::fit
