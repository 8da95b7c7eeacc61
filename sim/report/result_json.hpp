// result.json: every number of a study for scripts. Keys are a contract: extend, do not rename.
//
//   {schema_version, study, kvsim_version, runs: [{id, variant, overrides, metrics, memory,
//    bandwidth, provenance, intervals, [replication,] notes, refusals}]}
//
// Names are vLLM's. Latencies are milliseconds, `duration` is seconds, keys that end in _bytes are
// bytes, rates are per second, shares and usages lie in 0..1. null means "there is none" (no slo,
// no second output token), never zero. Same study and seed, same bytes: no wall time, no host.
#pragma once

#include <string>
#include <string_view>

#include "sim/report/study_results.hpp"

namespace kvsim::report {

inline constexpr int kResultSchemaVersion = 1;

/// Requires: every number is finite and time shares are conserved (checked).
[[nodiscard]] std::string result_json(const StudyResults& results);

/// The same in the name of another version, to be compared with what that one wrote.
[[nodiscard]] std::string result_json(const StudyResults& results, std::string_view kvsim_version);

}  // namespace kvsim::report
