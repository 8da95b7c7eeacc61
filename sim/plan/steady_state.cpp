#include "sim/plan/steady_state.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/plan/latency_statistics.hpp"
#include "sim/plan/steady_window.hpp"

namespace kvsim::plan {
namespace {

using spec::SteadyState;

std::string kind_of_story(const spec::WorkloadSpec& workload) {
  if (!workload.arrivals) {
    return "a trace has an end";
  }
  return workload.arrivals->process == spec::ArrivalProcess::AllAtOnce
             ? "all requests arrive at once"
             : "the rate of arrivals varies by plan";
}

// Empty: nothing that is known before looking at single requests.
std::string why_there_is_none(const spec::RunResult& result) {
  if (!is_steady(result.spec.workload)) {
    return kind_of_story(result.spec.workload) + ": there is no long run to speak of";
  }
  if (result.metrics.completed == 0) {
    return "no request finished";
  }
  if (result.metrics.stability == spec::Stability::Overloaded) {
    return "overloaded: the queue grows as long as requests arrive";
  }
  return {};
}

// Below 20 independent values there is neither end.
void add_statistics(SteadyState& state, std::span<const LoggedRequest> requests) {
  for (const Latency& latency : kLatencies) {
    const auto sample = sample_of(requests, latency);
    if (!sample || sample->independent_values() < DependentSample::kBatches) {
      continue;
    }
    for (const Statistic& statistic : kStatistics) {
      const Estimate estimate = estimate_of(statistic, *sample, state.confidence);
      state.statistics.push_back(
          {metric_name(latency, statistic), estimate.value, estimate.low,
           std::isfinite(estimate.high) ? std::optional(estimate.high) : std::nullopt});
    }
  }
}

void judge(SteadyState& state, std::span<const LoggedRequest> requests, bool has_turns) {
  const SteadyWindow window = steady_window(requests, has_turns);
  if (!window.settled) {
    state.why_not = "too short: latencies still move at its middle";
    return;
  }
  const auto judged = requests.subspan(window.first, window.last - window.first);
  add_statistics(state, judged);
  if (state.statistics.empty()) {
    state.why_not = fmt::format(
        "too short: the {} requests after the warm-up are worth fewer than {} independent ones",
        judged.size(), DependentSample::kBatches);
    return;
  }
  state.warm_up_requests = static_cast<std::int64_t>(window.first) * state.one_in;
  state.warm_up = window.first == 0 ? Duration() : judged.front().arrival - SimTime();
  state.judged_requests = static_cast<std::int64_t>(judged.size());
}

}  // namespace

bool is_steady(const spec::WorkloadSpec& workload) {
  if (workload.closed_loop) {
    return true;
  }
  if (!workload.arrivals) {
    return false;
  }
  switch (workload.arrivals->process) {
    case spec::ArrivalProcess::Poisson:
    case spec::ArrivalProcess::Gamma:
    case spec::ArrivalProcess::Constant:
      return true;
    default:
      return false;
  }
}

SteadyState steady_state(const spec::RunResult& result, ThinnedLog& log, double confidence) {
  SteadyState state;
  state.confidence = confidence;
  state.one_in = log.one_in();
  state.why_not = why_there_is_none(result);
  const std::vector<LoggedRequest> requests = log.take();
  if (state.why_not.empty()) {
    judge(state, requests, result.spec.workload.conversation.has_value());
  }
  return state;
}

}  // namespace kvsim::plan
