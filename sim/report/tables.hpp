// The summary of a study: made once from its results, rendered by render.hpp.
#pragma once

#include "sim/report/study_results.hpp"
#include "sim/report/table.hpp"

namespace kvsim::report {

/// Requires: at least one run, every number finite, time shares conserved (checked).
[[nodiscard]] Report make_report(const StudyResults& results);

}  // namespace kvsim::report
