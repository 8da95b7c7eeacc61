// From a row of measurements to a run: the map's rules applied to one line of a table.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/spec/measured_map.hpp"

namespace kvsim::validate {

/// A table as text; every row has a field per column.
struct Table {
  std::string file;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

struct Measured {
  std::string metric;
  double value = 0;  ///< in the unit of result.json
};

/// What is to be simulated for one row, in the words of a study.
struct RowPlan {
  std::string id;
  int line = 0;                                             ///< in the table; its header is line 1
  std::vector<std::pair<std::string, std::string>> labels;  ///< columns to group by, with values
  std::string model;
  std::string gpu;
  std::string profile;
  std::vector<std::string> sets;  ///< arguments of --set
  std::vector<Measured> measured;
  std::vector<std::string> targets;  ///< names of those that count this row
  std::vector<std::size_t> causes;   ///< of the map's, those that speak of it
  std::string fitted;                ///< stack whose host time was fitted to this row; mostly empty
  std::string skip;                  ///< why it is not simulated; empty: it is
};

/// Whether every column that the map names is in the table.
[[nodiscard]] bool fits(const spec::MeasuredMap& map, const std::vector<std::string>& columns);

/// One plan per row. Throws ConfigError: columns that the map names and the table lacks.
[[nodiscard]] std::vector<RowPlan> plan_rows(const spec::MeasuredMap& map, const Table& table);

}  // namespace kvsim::validate
