// Pieces of the headline that compare variants. Internal to the room; headline.hpp is the door.
#pragma once

#include <string>
#include <vector>

#include "sim/report/study_results.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::report {

using RunList = std::vector<const spec::RunResult*>;

[[nodiscard]] bool on_the_same_gpus(const RunList& runs);

/// In the order of rising load. Requires: every run has one.
[[nodiscard]] RunList by_load(RunList runs);

/// How far each variant went: "of the loads tried, the highest within every limit is 4 requests/s
/// for MLA and none for MHA". Empty when a variant was run twice at one load: then the sweep varies
/// something else as well. Requires: every run has a load.
[[nodiscard]] std::string reach_clause(const RunList& runs);

/// The sentence about one run of each variant, under the same `condition` ("4 requests/s");
/// `reach` and `condition` may be empty. Without a reach it tells the speed of each.
[[nodiscard]] std::string of_variants(const RunList& runs, const std::string& reach,
                                      const std::string& condition);

/// headline_prefix.cpp: " Of their prompts' tokens ... " after the answer, or nothing.
[[nodiscard]] std::string prefix_sentence(const StudyResults& results);

}  // namespace kvsim::report
