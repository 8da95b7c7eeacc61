// Pieces of the headline that compare variants. Internal to the room; headline.hpp is the door.
#pragma once

#include <functional>
#include <string>
#include <utility>
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

/// The sentence about one run of each variant, under the same `condition` ("4 requests/s", may be
/// empty); `all` are the runs of the sweep over loads that they come from, or the same ones.
/// Without a sweep it tells the speed of each. Requires: with a sweep, every run has a load.
[[nodiscard]] std::string of_variants(const RunList& runs, const RunList& all,
                                      const std::string& condition);

// ---- headline_contrast.cpp ------------------------------------------------------------------

using Groups = std::vector<std::pair<std::string, std::vector<std::string>>>;
/// Variants under what `words` says of them, both in the order of `runs`.
[[nodiscard]] Groups grouped(const RunList& runs,
                             const std::function<std::string(const spec::RunResult&)>& words);
/// "193 for MLA and 300 for GQA-8", "193 for MLA, 300 for GQA-8 and MQA"
[[nodiscard]] std::string for_each_group(const Groups& groups);

/// Neither overloaded nor backlogged, and something was finished.
[[nodiscard]] bool has_settled(const spec::RunResult* run);
/// Of one run of each of `variants` variants, none of them overloaded or backlogged; empty:
/// nowhere. Requires: every run has a load.
[[nodiscard]] RunList at_highest_stable_load(const RunList& runs, std::size_t variants);
/// "p99 TTFT is 200 ms for even and 800 ms for bursty": the latency that differs most, or nothing
/// where none does or not all runs are stable.
[[nodiscard]] std::string latency_clause(const RunList& runs, bool tpot_is_told);
/// "; a decode step turns compute-bound at batch 193 for MLA", or nothing where none does within
/// max_num_seqs.
[[nodiscard]] std::string step_clause(const RunList& runs);

/// headline_prefix.cpp: " Of their prompts' tokens ... " after the answer, or nothing.
[[nodiscard]] std::string prefix_sentence(const StudyResults& results);

}  // namespace kvsim::report
