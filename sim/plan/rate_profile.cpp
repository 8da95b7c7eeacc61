#include "sim/plan/rate_profile.hpp"

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/workload/in_order.hpp"

namespace kvsim::plan {
namespace {

using spec::RateWindow;

constexpr Duration kSecond = Duration(kAttosecondsPerSecond);
constexpr std::int64_t kFewestWindows = 4;

// An hour, ten minutes, a minute, ten seconds, a second: the longest of which the run has a few.
Duration window_for(Duration span) {
  for (const std::int64_t length : {3600, 600, 60, 10}) {
    const Duration window = kSecond * length;
    if (window * kFewestWindows <= span) {
      return window;
    }
  }
  return kSecond;
}

std::size_t index_of(SimTime arrival, Duration window) {
  const Int128 index = arrival.since_start().attoseconds() / window.attoseconds();
  KVSIM_CHECK(index < static_cast<Int128>(kMostWindows), "too many windows for a rate profile");
  return static_cast<std::size_t>(index);
}

}  // namespace

std::vector<RateWindow> rate_profile(const spec::RunSpec& run, Duration window) {
  KVSIM_CHECK(window > Duration(), "a window of a rate profile takes time");
  std::vector<RateWindow> windows;
  if (run.workload.closed_loop) {
    return windows;
  }
  const auto source = workload::make_source(run.workload, run.seed);
  workload::InOrder requests(*source);
  while (const auto request = requests.next()) {
    const std::size_t index = index_of(request->arrival, window);
    while (windows.size() <= index) {
      windows.push_back({.start = window * static_cast<std::int64_t>(windows.size())});
    }
    RateWindow& own = windows[index];
    ++own.requests;
    own.prompt_tokens += request->prompt_tokens;
    own.output_tokens += request->output_tokens;
  }
  for (RateWindow& each : windows) {
    each.rate = static_cast<double>(each.requests) / to_seconds(window).value();
  }
  return windows;
}

spec::OfferedRate offered_rate(std::vector<RateWindow> windows, Duration window) {
  KVSIM_CHECK(!windows.empty(), "a profile has a window at least");
  spec::OfferedRate offered;
  offered.window = window;
  for (const RateWindow& each : windows) {
    offered.mean_rate += each.rate / static_cast<double>(windows.size());
  }
  const auto peak = std::max_element(windows.begin(), windows.end(),
                                     [](const auto& a, const auto& b) { return a.rate < b.rate; });
  offered.peak_rate = peak->rate;
  offered.peak_start = peak->start;
  offered.windows = std::move(windows);
  return offered;
}

bool rate_varies(const spec::WorkloadSpec& workload) {
  if (workload.closed_loop) {
    return false;
  }
  if (!workload.arrivals) {
    return workload.trace.has_value();
  }
  return workload.arrivals->process == spec::ArrivalProcess::Stages ||
         workload.arrivals->process == spec::ArrivalProcess::Sine;
}

std::optional<spec::OfferedRate> offered_rate(const spec::RunSpec& run, Duration duration) {
  if (!rate_varies(run.workload)) {
    return std::nullopt;
  }
  const Duration window = window_for(duration);
  std::vector<RateWindow> windows = rate_profile(run, window);
  return windows.empty() ? std::nullopt : std::optional(offered_rate(std::move(windows), window));
}

std::optional<spec::OfferedRate> offered_rate(const spec::RunSpec& run) {
  if (!rate_varies(run.workload)) {
    return std::nullopt;
  }
  const auto seconds = static_cast<std::int64_t>(rate_profile(run, kSecond).size());
  return offered_rate(run, kSecond * seconds);
}

}  // namespace kvsim::plan
