// The summary of a study: made once from its results, rendered by render.hpp.
#pragma once

#include "sim/report/study_results.hpp"
#include "sim/report/table.hpp"
#include "sim/spec/report_template.hpp"

namespace kvsim::report {

/// Requires: at least one run or plan, every number finite, time shares conserved (checked).
/// Throws ConfigError (place: the template's file, without a line) for a column or a run that the
/// template names and the results do not have.
[[nodiscard]] Report make_report(const StudyResults& results,
                                 const spec::ReportTemplate& page = {});

}  // namespace kvsim::report
