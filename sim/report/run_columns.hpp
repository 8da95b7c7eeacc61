// Every number of every run under the name that CSV gives it: what a template can ask for.
// Internal to the room.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/report/table_parts.hpp"

namespace kvsim::report {

/// A column of `--format csv`, a cell for each run.
struct RunData {
  std::string name;
  std::vector<Cell> cells;
};

class RunColumns {
 public:
  /// `tables` are those of `subject`. Beside their columns: run, variant, load, gpu_count and what
  /// each run overrides, under its dotted key.
  RunColumns(const Subject& subject, const std::vector<Table>& tables);

  /// Null when there is none of that name.
  [[nodiscard]] const RunData* find(std::string_view name) const;
  [[nodiscard]] const std::vector<RunData>& all() const { return columns_; }

 private:
  void set(const std::string& name, std::size_t run, const Cell& cell);
  void add_settings(const Subject& subject);

  std::size_t runs_;
  std::vector<RunData> columns_;
  std::map<std::string, std::size_t, std::less<>> places_;
};

/// The name of a column in CSV: its key with "{}" filled by the row's; empty: not in CSV.
[[nodiscard]] std::string csv_name(const Column& column, const Row& row);

}  // namespace kvsim::report
