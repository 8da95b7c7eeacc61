// The word that stands beside every latency of a run whose queue grows. Its latencies grow with the
// length of the run, so without the word they would pass for those of the long run.
#pragma once

#include <string>
#include <string_view>

#include "sim/report/table.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::report {

/// "overloaded", or nothing. `stability` as in result.json.
[[nodiscard]] std::string_view latency_word(std::string_view stability);
[[nodiscard]] std::string_view latency_word(const spec::RunResult& run);

/// "p99 TTFT (overloaded)", "412.0 [398–431] (overloaded)"; of other runs, and of what has no
/// number, as it is.
[[nodiscard]] std::string with_word(std::string text, const spec::RunResult& run);
[[nodiscard]] Cell with_word(Cell cell, const spec::RunResult& run);

/// Whether a number of this name is a latency or follows from one; names as in result.json and CSV.
[[nodiscard]] bool is_latency(std::string_view name);

}  // namespace kvsim::report
