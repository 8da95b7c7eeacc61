// What a plain run says of the long run: mean and percentiles without the warm-up, with intervals.
//
// One simulation of the length that was asked for, judged as a trial judges each of its own
// (trial.hpp): steady_window.hpp says which requests count, dependent_sample.hpp how sure a number
// is. Nothing is told, and why_not says why, where
//
//   - there is no long run: traces, rates that vary by plan, everything at once, overload;
//   - the run does not reach it: latencies still move at its middle, or the requests that count
//     are worth fewer than 20 independent ones.
//
// Of long runs one request in 2, 4, 8, ... is looked at (ThinnedLog): time and memory of a run stay
// what they are. Llama-3.1-8B at 20 requests/s, 200 runs of 60 000 requests, of which one in four:
// each of the 15 intervals held the number of a run of 3 million in 96 to 100 of 100, and so did
// 200 closed loops of 64 clients.
#pragma once

#include "sim/plan/latency_log.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::plan {

/// Whether latencies have a steady state that a longer run would tell more of.
[[nodiscard]] bool is_steady(const spec::WorkloadSpec& workload);

/// Judging so many takes 3 to 5 ms. Four times as many would halve the intervals.
inline constexpr std::size_t kRequestsForSteadyState = 16384;

/// Of a run whose finished requests are all in `log`, which it leaves empty.
/// Requires: 0 < confidence < 1 (checked).
[[nodiscard]] spec::SteadyState steady_state(const spec::RunResult& result, ThinnedLog& log,
                                             double confidence = 0.95);

}  // namespace kvsim::plan
