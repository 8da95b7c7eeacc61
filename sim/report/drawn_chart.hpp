// Charts that a template describes: a mark on two axes, or a Vega-Lite specification over the
// rows of the results. Internal to the room.
#pragma once

#include "sim/report/template_fault.hpp"
#include "sim/spec/report_template.hpp"

namespace kvsim::report {

struct DrawnPicture {
  Chart chart;
  Table table;  ///< with the same numbers
};

/// Throws ConfigError for a field that the rows do not have and for text that is not JSON.
[[nodiscard]] DrawnPicture drawn_chart(const spec::DrawnChart& asked, const Subject& subject,
                                       const RunColumns& columns, const TemplatePlace& place);

}  // namespace kvsim::report
