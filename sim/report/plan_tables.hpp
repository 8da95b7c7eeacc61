// The columns that tables of plans share: what a layout reaches at a number of replicas and a load.
// Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "sim/report/table.hpp"
#include "sim/spec/plan_result.hpp"

namespace kvsim::report {

/// A column only where some plan has something for it.
class PlanColumns {
 public:
  /// `intervals`: a column more for each limit.
  explicit PlanColumns(const std::vector<spec::PlanAnswer>& plans, bool intervals = false);

  void append_to(std::vector<Column>& columns) const;
  /// As many as columns; dashes for null.
  [[nodiscard]] std::vector<Cell> cells_of(const spec::PlanPoint* point) const;
  [[nodiscard]] bool has_cost() const { return cost_; }

 private:
  void add_limit(std::vector<Cell>& cells, const spec::PlanPoint& point,
                 const std::string& metric) const;

  std::vector<std::string> metrics_;  ///< of the limits, in their order
  bool intervals_;
  std::string currency_;
  bool goodput_ = false;
  bool maximum_ = false;
  bool cost_ = false;
};

}  // namespace kvsim::report
