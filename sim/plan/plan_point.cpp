#include "sim/plan/plan_point.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/spec/plan_limits.hpp"

namespace kvsim::plan {
namespace {

using spec::TimeBucket;

constexpr double kSecondsPerHour = 3600;
constexpr double kFullCache = 0.98;  // share of blocks in use, 99 % of the time below it

double share(const spec::RunMetrics& metrics, TimeBucket bucket) {
  return to_seconds(metrics.time_in[static_cast<std::size_t>(bucket)]).value();
}

// What gives way first if there were more to do.
std::string bound_of(const spec::RunMetrics& metrics) {
  if (metrics.kv_cache_usage_p99 >= kFullCache) {
    return "KV-cache capacity";
  }
  const std::array<std::pair<double, const char*>, 4> parts = {
      {{share(metrics, TimeBucket::Weights) + share(metrics, TimeBucket::Kv), "HBM bandwidth"},
       {share(metrics, TimeBucket::Compute), "compute"},
       {share(metrics, TimeBucket::Collective), "collectives"},
       {share(metrics, TimeBucket::Host), "the host"}}};
  return std::max_element(parts.begin(), parts.end(),
                          [](const auto& a, const auto& b) { return a.first < b.first; })
      ->second;
}

spec::PlanLimit limit_of(const LimitCheck& check) {
  return {check.metric,
          check.limit_ms,
          check.value_ms,
          check.low_ms,
          check.high_ms,
          check.value_ms <= check.limit_ms,
          check.verdict != Verdict::Undecided};
}

double attainment_of(const spec::RunMetrics& metrics) {
  return metrics.request_goodput && metrics.request_throughput > 0
             ? *metrics.request_goodput / metrics.request_throughput
             : 1;
}

double offered_rate(const spec::RunResult& result) {
  const spec::WorkloadSpec& workload = result.spec.workload;
  const bool steady = !workload.closed_loop && workload.arrivals &&
                      workload.arrivals->process != spec::ArrivalProcess::AllAtOnce;
  return steady ? workload.arrivals->request_rate.value() : result.metrics.request_throughput;
}

bool is_of_goodput(const spec::PlanSpec& plan) {
  return plan.objective == spec::Objective::MaxGoodput;
}

}  // namespace

spec::PlanPoint point_of(const Trial& trial, const spec::PlanSpec& plan, double load) {
  const spec::RunMetrics& metrics = trial.result.metrics;
  spec::PlanPoint point;
  point.replicas = trial.result.spec.cluster.replicas;
  point.gpus = spec::num_gpus(trial.result.spec);
  point.load = load;
  point.request_rate = offered_rate(trial.result);
  for (const LimitCheck& check : trial.limits) {
    point.limits.push_back(limit_of(check));
  }
  point.overloaded = trial.overloaded();
  point.attainment = attainment_of(metrics);
  const bool attains =
      !trial.overloaded() && metrics.refused == 0 && point.attainment >= plan.attainment;
  point.meets = is_of_goodput(plan) ? attains : trial.meets();
  point.sure = trial.overloaded() || (!is_of_goodput(plan) && trial.sure());
  point.output_throughput = metrics.output_throughput;
  point.tokens_per_gpu = metrics.output_throughput / static_cast<double>(point.gpus);
  point.interactivity = metrics.tpot.median > 0 ? 1e3 / metrics.tpot.median : 0;
  point.kv_cache_usage_max = metrics.kv_cache_usage_max;
  point.hbm_utilization_busy = trial.result.bandwidth.hbm_utilization_busy;
  point.bound_by = bound_of(metrics);
  point.requests = trial.judged_requests;
  point.cost_per_hour = spec::cost_per_hour(trial.result.spec);
  if (point.cost_per_hour && metrics.output_throughput > 0) {
    point.cost_per_million_output =
        *point.cost_per_hour / (kSecondsPerHour * metrics.output_throughput) * 1e6;
  }
  return point;
}

double worst_ratio(const spec::PlanPoint& point) {
  if (point.overloaded) {
    return std::numeric_limits<double>::infinity();
  }
  const spec::PlanLimit* worst = spec::worst_limit(point);
  return worst == nullptr ? 0 : worst->value_ms / worst->limit_ms;
}

std::pair<double, double> distance(const spec::PlanPoint& point) {
  return {worst_ratio(point), -point.output_throughput};
}

std::string shortfall_rule(const spec::PlanPoint& point) {
  if (point.overloaded) {
    return "overloaded";
  }
  const spec::PlanLimit* worst = spec::worst_limit(point);
  return worst != nullptr && !worst->met ? spec::metric_name(worst->metric) : "refused requests";
}

std::string shortfall(const spec::PlanPoint& point, const spec::PlanSpec& plan) {
  if (point.overloaded) {
    return "overloaded: the queue grows for as long as requests arrive";
  }
  if (is_of_goodput(plan) && point.attainment < plan.attainment) {
    return fmt::format("{:.1f} % of the requests are within all limits, {:g} % must be",
                       100 * point.attainment, 100 * plan.attainment);
  }
  const spec::PlanLimit* worst = spec::worst_limit(point);
  if (worst == nullptr || worst->met) {
    return "requests are refused that can never fit";
  }
  return fmt::format("{} {:.4g} ms of {:g} ms", spec::metric_name(worst->metric), worst->value_ms,
                     worst->limit_ms);
}

}  // namespace kvsim::plan
