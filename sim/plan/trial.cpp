#include "sim/plan/trial.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

#include "sim/base/check.hpp"
#include "sim/plan/dependent_sample.hpp"
#include "sim/plan/latency_log.hpp"
#include "sim/plan/latency_statistics.hpp"
#include "sim/plan/steady_window.hpp"

namespace kvsim::plan {
namespace {

constexpr double kNoUpperEnd = std::numeric_limits<double>::infinity();
using spec::LatencyLimit;

struct Limit {
  Latency latency;
  Statistic statistic;
  double limit_ms = 0;
};

std::vector<Limit> limits_of(const spec::SloSpec& slo) {
  std::vector<Limit> limits;
  for (const Latency& latency : kLatencies) {
    for (const Statistic& statistic : kStatistics) {
      const std::optional<LatencyLimit>& group = slo.*latency.limits;
      if (group && (*group).*statistic.limit) {
        limits.push_back({latency, statistic, to_milliseconds(*((*group).*statistic.limit))});
      }
    }
  }
  return limits;
}

Verdict verdict_of(const Estimate& estimate, double limit_ms) {
  if (estimate.high <= limit_ms) {
    return Verdict::Met;
  }
  return estimate.low > limit_ms ? Verdict::Missed : Verdict::Undecided;
}

LimitCheck check_of(const Limit& limit, const Estimate& estimate) {
  return {metric_name(limit.latency, limit.statistic),
          limit.limit_ms,
          estimate.value,
          estimate.low,
          estimate.high,
          verdict_of(estimate, limit.limit_ms)};
}

// Finite stories and overload: numbers of the run as a whole.
void judge_as_a_whole(Trial& trial) {
  const spec::RunMetrics& metrics = trial.result.metrics;
  const bool is_exact = !trial.overloaded() && metrics.completed > 0;
  trial.judged_requests = metrics.completed;
  for (const Limit& limit : limits_of(trial.result.spec.slo)) {
    const double value = metrics.*limit.latency.summary.*limit.statistic.value;
    trial.limits.push_back(check_of(
        limit, is_exact ? Estimate{value, value, value} : Estimate{value, 0, kNoUpperEnd}));
  }
}

// Nothing of a run that has not settled is sure.
Estimate unsettled(Estimate estimate) { return {estimate.value, 0, kNoUpperEnd}; }

void judge_steady(Trial& trial, std::span<const LoggedRequest> requests, double confidence) {
  const spec::RunSpec& run = trial.result.spec;
  const SteadyWindow window = steady_window(requests, run.workload.conversation.has_value());
  const auto judged = requests.subspan(window.first, window.last - window.first);
  trial.warm_up_requests = static_cast<std::int64_t>(window.first);
  trial.judged_requests = static_cast<std::int64_t>(judged.size());
  trial.batches = static_cast<std::int64_t>(DependentSample::kBatches);
  std::string_view of;
  std::optional<DependentSample> sample;
  for (const Limit& limit : limits_of(run.slo)) {
    if (limit.latency.name != of) {
      of = limit.latency.name;
      sample = sample_of(judged, limit.latency);
    }
    const Estimate estimate =
        sample ? estimate_of(limit.statistic, *sample, confidence) : Estimate{};
    trial.limits.push_back(check_of(limit, window.settled ? estimate : unsettled(estimate)));
  }
}

Trial simulate_once(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards,
                    const TrialOptions& options, const std::function<bool()>& keep_going) {
  const bool steady = is_steady(run.workload);
  LatencyLog log(steady ? static_cast<std::size_t>(options.most_requests) : 0, keep_going);
  Trial trial;
  trial.result = cluster::simulate(run, cards, log);
  if (!steady || trial.overloaded() || trial.result.metrics.completed == 0) {
    judge_as_a_whole(trial);
  } else {
    judge_steady(trial, log.take(), options.confidence);
  }
  return trial;
}

bool is_precise(const LimitCheck& check, double precision) {
  return check.high_ms - check.low_ms <= 2 * precision * check.value_ms;
}

bool is_enough(const Trial& trial, double precision) {
  return trial.sure() ||
         std::all_of(trial.limits.begin(), trial.limits.end(), [&](const LimitCheck& check) {
           return check.verdict != Verdict::Undecided || is_precise(check, precision);
         });
}

// All clients of a closed loop begin at once; ten requests of each are the least that settle.
std::int64_t first_length(const spec::WorkloadSpec& workload, const TrialOptions& options) {
  const std::int64_t clients = workload.closed_loop ? workload.closed_loop->max_concurrency : 0;
  return std::clamp(10 * clients, options.least_requests, options.most_requests);
}

// By more than a tenth: no longer run is needed to see that the queue grows.
bool falls_behind(const spec::RunResult& result) {
  const auto& arrivals = result.spec.workload.arrivals;
  return arrivals && arrivals->request_rate.value() > 1.1 * result.metrics.request_throughput;
}

void check_options(const TrialOptions& options) {
  KVSIM_CHECK(options.confidence > 0 && options.confidence < 1,
              "a confidence lies between 0 and 1");
  KVSIM_CHECK(options.precision >= 0, "a precision is no less than 0");
  KVSIM_CHECK(options.least_requests >= 1 && options.least_requests <= options.most_requests,
              "a trial has at least one request and no more than the most");
}

}  // namespace

bool Trial::overloaded() const { return result.metrics.stability == spec::Stability::Overloaded; }

bool Trial::meets() const {
  return !overloaded() && result.metrics.refused == 0 &&
         std::all_of(limits.begin(), limits.end(),
                     [](const LimitCheck& check) { return check.value_ms <= check.limit_ms; });
}

bool Trial::sure() const {
  const auto is = [](Verdict verdict) {
    return [verdict](const LimitCheck& check) { return check.verdict == verdict; };
  };
  return overloaded() || result.metrics.refused > 0 ||
         std::any_of(limits.begin(), limits.end(), is(Verdict::Missed)) ||
         std::all_of(limits.begin(), limits.end(), is(Verdict::Met));
}

Trial try_run(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards,
              const TrialOptions& options, const std::function<bool()>& keep_going) {
  check_options(options);
  spec::RunSpec longer = run;
  std::int64_t requests = first_length(run.workload, options);
  std::int64_t simulations = 0;
  std::int64_t simulated = 0;
  bool was_overloaded = false;
  while (true) {
    if (is_steady(run.workload)) {
      longer.workload.num_requests = requests;
    }
    Trial trial = simulate_once(longer, cards, options, keep_going);
    trial.simulations = ++simulations;
    const std::int64_t seen = trial.result.metrics.completed + trial.result.metrics.refused;
    trial.simulated_requests = simulated += seen;
    // A trace of lengths may end before as many as were asked for have come.
    const bool is_all =
        !is_steady(run.workload) || requests == options.most_requests || seen < requests;
    const bool is_sure_overload = was_overloaded || falls_behind(trial.result);
    if (is_all || (trial.overloaded() ? is_sure_overload : is_enough(trial, options.precision))) {
      return trial;
    }
    was_overloaded = trial.overloaded();
    requests = std::min(2 * requests, options.most_requests);
  }
}

}  // namespace kvsim::plan
