// The rows that charts draw, one kind of them for each word after `data:` in a template.
// Internal to the room.
#pragma once

#include "sim/report/json_values.hpp"
#include "sim/report/run_columns.hpp"
#include "sim/spec/report_template.hpp"

namespace kvsim::report {

/// All rows with all their fields; each has run and variant. Of the runs, `columns`.
[[nodiscard]] Json rows_of_data(spec::ChartData data, const Subject& subject,
                                const RunColumns& columns);

/// The table with the same numbers; of the runs there is none.
[[nodiscard]] spec::ReportTable table_of_data(spec::ChartData data);

}  // namespace kvsim::report
