// A table as a template asks for it: columns of CSV, a row per run. Internal to the room.
#pragma once

#include "sim/report/template_fault.hpp"
#include "sim/spec/report_template.hpp"

namespace kvsim::report {

/// Requires: `asked` has columns. Throws ConfigError for one that there is not.
[[nodiscard]] Table own_table(const spec::ReportSection& asked, const Subject& subject,
                              const RunColumns& columns, const TemplatePlace& place);

/// The same from names alone, in the order of the runs; a name that there is not is left out.
[[nodiscard]] Table table_of_columns(std::string title, const std::vector<std::string>& names,
                                     const Subject& subject, const RunColumns& columns);

}  // namespace kvsim::report
