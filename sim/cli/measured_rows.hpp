// What the commands that compare with measured servers share: a table, its map, the runs of its
// rows.
#pragma once

#include <string>
#include <vector>

#include "sim/spec/measured_map.hpp"
#include "sim/spec/study.hpp"
#include "sim/validate/row_plan.hpp"

namespace kvsim::cli {

/// The map of that name or path; without one, the first of the library whose columns the table has.
/// Throws ConfigError.
[[nodiscard]] spec::MeasuredMap map_for(const validate::Table& table, const std::string& map);

/// The run that a row stands for, `sets` above what the map says. Throws ConfigError.
[[nodiscard]] spec::RunSpec run_of(const validate::RowPlan& row,
                                   const std::vector<std::string>& sets);

}  // namespace kvsim::cli
