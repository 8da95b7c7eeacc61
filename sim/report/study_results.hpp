// What a report is about: the runs of one study, in its order, what a planner found, and what the
// loader had to say.
#pragma once

#include <string>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/spec/plan_result.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::report {

struct StudyResults {
  std::string study;  ///< name of the study
  std::vector<spec::RunResult> runs;
  std::vector<Diagnostic> warnings;       ///< notes and warnings of the loader
  std::vector<spec::PlanAnswer> plans{};  ///< of a planner's study; then there may be no runs
};

}  // namespace kvsim::report
