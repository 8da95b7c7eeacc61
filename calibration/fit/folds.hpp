// Which rows are kept aside to judge a fit: whole groups (a head shape, a model), never single
// rows.
//
// Rows of one group resemble each other, so a fold by row would be judged on what it has seen.
// There is no chance in it: groups are sorted by key, then dealt, the largest first, each to the
// fold that has the fewest rows so far.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace kvsim::fit {

struct Folds {
  int count = 0;            ///< as asked, or the number of groups if there are fewer
  std::vector<int> of_row;  ///< 0 .. count - 1
};

/// `group_of_row` has one key per row. Does not depend on the order of the rows.
/// Requires: most_folds >= 1 (checked).
[[nodiscard]] Folds folds_by_group(std::span<const std::string> group_of_row, int most_folds);

/// Positions of rows, ascending.
struct FoldRows {
  std::vector<int> fitted;
  std::vector<int> held_out;
};

/// Requires: 0 <= fold < folds.count (checked).
[[nodiscard]] FoldRows rows_of_fold(const Folds& folds, int fold);

}  // namespace kvsim::fit
