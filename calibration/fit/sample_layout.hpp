// How one row of a table becomes an operator and a batch of the simulator: one reader per operator.
//
// Readers are in layout_attention.cpp, layout_products.cpp and layout_others.cpp.
#pragma once

#include <Eigen/Core>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "calibration/fit/samples.hpp"

namespace kvsim::fit {

using NumbersByColumn = std::map<std::string, Eigen::VectorXd, std::less<>>;

/// One row of a table, by column.
class Row {
 public:
  Row(const NumbersByColumn& numbers, int index) : numbers_(numbers), index_(index) {}

  /// Requires: the table has the column.
  [[nodiscard]] std::int64_t operator[](std::string_view column) const;
  [[nodiscard]] std::int64_t value_or(std::string_view column, std::int64_t otherwise) const;

 private:
  const NumbersByColumn& numbers_;
  int index_;
};

/// What repetitions of a call find in L2, so that a rate beyond the HBM peak can be true.
enum class Repeats {
  RereadCache,        ///< the harness replays one KV buffer
  RotateWeights,      ///< it does not replay weights
  RereadActivations,  ///< as in a server, where the kernel before has just written them
};

struct Layout {
  spec::CardOperator op;
  std::vector<std::string_view> columns;
  std::vector<std::string_view> optional_columns;
  std::string_view dtype_column;
  Repeats repeats;
  Sample (*read)(const Row& row, spec::Dtype dtype);
  /// Names of the operator in a column `op` of tables that hold several; empty: no such column.
  std::vector<std::string_view> names = {};
};

[[nodiscard]] const std::vector<Layout>& layouts();
/// Requires: there is one (checked).
[[nodiscard]] const Layout& layout_of(spec::CardOperator op);

[[nodiscard]] std::vector<Layout> attention_layouts();
[[nodiscard]] std::vector<Layout> product_layouts();
[[nodiscard]] std::vector<Layout> other_layouts();

}  // namespace kvsim::fit
