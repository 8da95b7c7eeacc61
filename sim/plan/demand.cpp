#include "sim/plan/demand.hpp"

#include <algorithm>

#include "sim/plan/rate_profile.hpp"
#include "sim/plan/trial.hpp"
#include "sim/workload/request_source.hpp"

namespace kvsim::plan {
namespace {

constexpr std::int64_t kMostRequests = 1'000'000;

Duration longest_limit(const spec::SloSpec& slo) {
  Duration longest;
  for (const auto& limit : {slo.ttft, slo.e2el}) {
    if (limit) {
      for (const auto& each : {limit->mean, limit->median, limit->p90, limit->p95, limit->p99}) {
        longest = std::max(longest, each.value_or(Duration()));
      }
    }
  }
  return longest;
}

// A story that ends may be finished late, by no more than what a request may wait.
std::optional<double> rate_of(const spec::RunSpec& run, std::int64_t requests, SimTime last) {
  const spec::WorkloadSpec& workload = run.workload;
  if (workload.closed_loop || requests < 2) {
    return std::nullopt;
  }
  if (is_steady(workload)) {
    return workload.arrivals->request_rate.value();
  }
  const double span = to_seconds(last - SimTime() + longest_limit(run.slo)).value();
  return rate_varies(workload) && span > 0 ? std::optional(static_cast<double>(requests) / span)
                                           : std::nullopt;
}

}  // namespace

Demand demand_of(const spec::RunSpec& run) {
  const auto source = workload::make_source(run.workload, run.seed);
  Demand demand;
  double prompts = 0;
  double outputs = 0;
  double contexts = 0;
  bool may_be_cached = false;
  SimTime last;
  while (demand.requests < kMostRequests) {
    const std::optional<workload::Request> request = source->next();
    if (!request) {
      break;
    }
    ++demand.requests;
    const auto prompt = static_cast<double>(request->prompt_tokens);
    const auto output = static_cast<double>(request->output_tokens);
    prompts += prompt;
    outputs += output;
    contexts += output * (prompt + output / 2);
    demand.prompts.push_back(request->prompt_tokens);
    may_be_cached = may_be_cached || request->content != nullptr;
    last = request->arrival;
  }
  const auto count = static_cast<double>(std::max<std::int64_t>(1, demand.requests));
  demand.prompt_tokens = prompts / count;
  demand.output_tokens = outputs / count;
  demand.decode_context = outputs > 0 ? contexts / outputs : 0;
  std::sort(demand.prompts.begin(), demand.prompts.end());
  demand.shortest = demand.prompts.empty() ? 1 : demand.prompts.front();
  demand.request_rate = rate_of(run, demand.requests, last);
  if (may_be_cached && run.engine.enable_prefix_caching) {
    demand.prompts.clear();
  }
  return demand;
}

}  // namespace kvsim::plan
