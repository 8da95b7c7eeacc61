// The charts of report.html as Vega-Lite specifications, from the same results as the tables.
//
// Colours are the page's CSS variables, so a chart follows light, dark and paper without being
// drawn again. Every width is "container": the page decides. Internal to the room.
#pragma once

#include <optional>

#include "sim/report/table_parts.hpp"

namespace kvsim::report {

/// None when there is nothing to draw.
[[nodiscard]] std::optional<Chart> chart_of(spec::ReportChart name, const Subject& subject);

/// The table that holds the same numbers.
[[nodiscard]] spec::ReportTable table_behind(spec::ReportChart chart);

}  // namespace kvsim::report
