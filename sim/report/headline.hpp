// The answer in one sentence, composed from the numbers.
//
// It says only what the runs show: rates between those that were tried are not mentioned,
// "up to" is said only if every lower rate held as well, variants are compared in memory only on
// the same GPUs and where it differs (else in latency, where all are stable), and overloaded runs
// are named so instead of quoting their latencies.
#pragma once

#include <string>

#include "sim/report/study_results.hpp"

namespace kvsim::report {

/// Requires: at least one run.
[[nodiscard]] std::string headline(const StudyResults& results);

}  // namespace kvsim::report
