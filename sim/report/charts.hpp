// The charts of report.html as Vega-Lite specifications, from the same results as the tables.
//
// Colours are the page's CSS variables, so a chart follows light, dark and paper without being
// drawn again. Every width is "container": the page decides. Internal to the room.
#pragma once

#include <vector>

#include "sim/report/table_parts.hpp"

namespace kvsim::report {

/// In reading order; a chart without anything to draw is left out.
[[nodiscard]] std::vector<Chart> make_charts(const Subject& subject);

}  // namespace kvsim::report
