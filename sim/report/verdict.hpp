// How a run went, in the words that sentences need. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "sim/spec/result.hpp"

namespace kvsim::report {

/// Best first. Without an slo a stable run is Good.
enum class Outcome { Good, MissesLimits, Backlogged, Overloaded, NothingFinished, DoesNotFit };

[[nodiscard]] Outcome outcome_of(const spec::RunResult& run);
[[nodiscard]] bool has_limits(const spec::RunResult& run);

/// "stays within the limits", "is overloaded"; `several` for "stay", "are".
[[nodiscard]] std::string outcome_words(Outcome outcome, bool limits, bool several);

/// "p99 TTFT 2.3 s, limit 2 s" of every limit that the run misses.
[[nodiscard]] std::string missed_limits(const spec::RunResult& run);

/// "reading weights (61.2 %)": the largest part of busy time.
[[nodiscard]] std::string largest_time_part(const spec::RunResult& run);

/// "p99 TPOT 31.2 ms; 412.3 output tok/s per GPU": the limits missed instead of the TPOT if there
/// are any, no latency when the run is overloaded, requests that were refused.
[[nodiscard]] std::string speed_words(const spec::RunResult& run);

}  // namespace kvsim::report
