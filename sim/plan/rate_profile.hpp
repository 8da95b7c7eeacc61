// How much a workload asks for over time: the peak that a cluster is sized by, the mean that fills
// it.
//
//   rate of a window = requests that arrive in [start, start + window) / window
//
// Windows follow each other from time 0 to the last arrival; one without requests is there with 0.
// The last one may be cut short by the end of the requests: its rate, and by it the mean, can only
// be too low, by less than one window's worth.
#pragma once

#include <vector>

#include "sim/spec/result.hpp"

namespace kvsim::plan {

/// Requests in the order in which they arrive, conversations as if every answer came at once.
/// Nothing for a closed loop, whose requests come when answers do.
/// Requires: window > 0, and no more than kMostWindows of them (checked).
/// Throws ConfigError as workload::make_source() and its next() do.
[[nodiscard]] std::vector<spec::RateWindow> rate_profile(const spec::RunSpec& run, Duration window);

inline constexpr std::size_t kMostWindows = 10'000'000;  // a year of 3-second windows

/// Mean, peak and windows. Mean: all requests over all windows. Requires: windows is not empty.
[[nodiscard]] spec::OfferedRate offered_rate(std::vector<spec::RateWindow> windows,
                                             Duration window);

/// Whether the rate varies by more than chance: stages, a sine, a trace's own arrivals.
[[nodiscard]] bool rate_varies(const spec::WorkloadSpec& workload);

/// The profile of a run whose rate varies and which takes `duration`, in windows of an hour, or of
/// 600, 60, 10 or 1 s where the run is shorter than four of the longer ones; nothing for others.
[[nodiscard]] std::optional<spec::OfferedRate> offered_rate(const spec::RunSpec& run,
                                                            Duration duration);
/// The same of a run that was not simulated: `duration` is up to its last arrival.
[[nodiscard]] std::optional<spec::OfferedRate> offered_rate(const spec::RunSpec& run);

}  // namespace kvsim::plan
