// Templates of reports: reports/templates/*.yaml.
#pragma once

#include "sim/config/library.hpp"
#include "sim/config/loader.hpp"
#include "sim/spec/report_template.hpp"

namespace kvsim::config {

/// The template that the scalar `name` stands for; one without sections, with a fault, if there is
/// none.
[[nodiscard]] spec::ReportTemplate read_template(Loader& loader, const Library& library,
                                                 const Node& name, Faults& faults);

}  // namespace kvsim::config
