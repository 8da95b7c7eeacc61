// candidates.csv: a row for every layout of every question, with its fate, the reason and the
// numbers of its best run (the last one where none meets the limits).
#pragma once

#include <string>

#include "sim/report/study_results.hpp"

namespace kvsim::report {

[[nodiscard]] std::string candidates_csv(const StudyResults& results);

}  // namespace kvsim::report
