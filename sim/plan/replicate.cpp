#include "sim/plan/replicate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/base/check.hpp"
#include "sim/base/rng.hpp"
#include "sim/base/statistics.hpp"
#include "sim/cluster/simulate.hpp"
#include "sim/plan/side_by_side.hpp"

namespace kvsim::plan {
namespace {

using spec::LatencySummary;
using spec::RunMetrics;
using spec::RunResult;

struct Metric {
  std::string name;
  std::function<std::optional<double>(const RunResult&)> value;
};

void add_latencies(std::vector<Metric>& all, std::string_view name,
                   LatencySummary RunMetrics::*summary) {
  using Statistic = std::pair<std::string_view, double LatencySummary::*>;
  for (const auto& [statistic, member] :
       {Statistic{"mean", &LatencySummary::mean}, Statistic{"median", &LatencySummary::median},
        Statistic{"p90", &LatencySummary::p90}, Statistic{"p95", &LatencySummary::p95},
        Statistic{"p99", &LatencySummary::p99}}) {
    const auto value = [summary, member = member](const RunResult& run) {
      const LatencySummary& latencies = run.metrics.*summary;
      return latencies.count > 0 ? std::optional(latencies.*member) : std::nullopt;
    };
    all.push_back({fmt::format("{}_{}_ms", statistic, name), value});
  }
}

void add_number(std::vector<Metric>& all, std::string name, double RunMetrics::*member) {
  all.push_back({std::move(name),
                 [member](const RunResult& run) { return std::optional(run.metrics.*member); }});
}

void add_utilization(std::vector<Metric>& all, std::string name,
                     double spec::BandwidthReport::*member) {
  all.push_back({std::move(name),
                 [member](const RunResult& run) { return std::optional(run.bandwidth.*member); }});
}

std::vector<Metric> make_metrics() {
  std::vector<Metric> all;
  add_latencies(all, "ttft", &RunMetrics::ttft);
  add_latencies(all, "tpot", &RunMetrics::tpot);
  add_latencies(all, "itl", &RunMetrics::itl);
  add_latencies(all, "e2el", &RunMetrics::e2el);
  add_number(all, "request_throughput", &RunMetrics::request_throughput);
  all.push_back(
      {"request_goodput", [](const RunResult& run) { return run.metrics.request_goodput; }});
  add_number(all, "output_throughput", &RunMetrics::output_throughput);
  add_number(all, "total_token_throughput", &RunMetrics::total_token_throughput);
  add_number(all, "kv_cache_usage_mean", &RunMetrics::kv_cache_usage_mean);
  add_number(all, "kv_cache_usage_max", &RunMetrics::kv_cache_usage_max);
  all.push_back({"num_preemptions", [](const RunResult& run) {
                   return std::optional(static_cast<double>(run.metrics.num_preemptions));
                 }});
  add_utilization(all, "hbm_utilization", &spec::BandwidthReport::hbm_utilization);
  add_utilization(all, "hbm_utilization_busy", &spec::BandwidthReport::hbm_utilization_busy);
  all.push_back({"cost_per_million_output_tokens", [](const RunResult& run) {
                   const bool has_bill = run.cost && run.cost->bill;
                   return has_bill ? run.cost->bill->per_million_output : std::nullopt;
                 }});
  return all;
}

const std::vector<Metric>& metrics() {
  static const std::vector<Metric> kMetrics = make_metrics();
  return kMetrics;
}

// In ascending order; nothing where some replicate has no such metric.
std::vector<double> sorted_values(const std::vector<Outcome>& replicates, std::size_t metric) {
  std::vector<double> values;
  for (const Outcome& outcome : replicates) {
    if (!outcome.metrics[metric]) {
      return {};
    }
    values.push_back(*outcome.metrics[metric]);
  }
  std::sort(values.begin(), values.end());
  return values;
}

spec::Replication summary_of(const std::vector<Outcome>& replicates, double confidence) {
  spec::Replication summary;
  summary.replicates = static_cast<std::int64_t>(replicates.size());
  summary.confidence = confidence;
  for (const Outcome& outcome : replicates) {
    summary.truncated_share += outcome.truncated_share / static_cast<double>(replicates.size());
    summary.overloaded += outcome.is_overloaded ? 1 : 0;
    summary.completed += outcome.completed;
    summary.computed_tokens += outcome.computed_tokens;
  }
  return summary;
}

}  // namespace

std::int64_t least_replicates(double confidence) {
  KVSIM_CHECK(confidence > 0 && confidence < 1, "a confidence lies between 0 and 1");
  constexpr double kRounding = 1e-9;  // 1 - 0.9 is a little less than 0.1
  return static_cast<std::int64_t>(std::ceil(2 / (1 - confidence) - kRounding));
}

spec::RunSpec replicate_of(const spec::RunSpec& run, std::int64_t index) {
  KVSIM_CHECK(index > 0, "replicates count from 1");
  const auto item = static_cast<std::uint64_t>(index);
  spec::RunSpec replicate = run;
  replicate.draw = spec::PriceDraw{run.seed, item};
  replicate.seed = Rng::stream("seeds of replicates", run.seed).at(item)();
  return replicate;
}

Outcome outcome_of(const RunResult& result) {
  Outcome outcome;
  for (const Metric& metric : metrics()) {
    outcome.metrics.push_back(metric.value(result));
  }
  Duration busy;
  for (const Duration part : result.metrics.time_by_provenance) {
    busy += part;
  }
  if (busy > Duration()) {
    outcome.truncated_share =
        to_seconds(result.metrics.time_truncated).value() / to_seconds(busy).value();
  }
  outcome.is_overloaded = result.metrics.stability == spec::Stability::Overloaded;
  outcome.completed = result.metrics.completed;
  outcome.computed_tokens = result.metrics.computed_tokens;
  return outcome;
}

const std::vector<std::string>& headline_metrics() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const Metric& metric : metrics()) {
      names.push_back(metric.name);
    }
    return names;
  }();
  return kNames;
}

void add_intervals(RunResult& base, const std::vector<Outcome>& replicates, double confidence) {
  KVSIM_CHECK(static_cast<std::int64_t>(replicates.size()) >= least_replicates(confidence),
              "too few replicates for this confidence");
  const double tail = 100 * (1 - confidence) / 2;
  base.intervals.clear();
  for (std::size_t i = 0; i < metrics().size(); ++i) {
    const std::vector<double> values = sorted_values(replicates, i);
    if (metrics()[i].value(base) && !values.empty()) {
      base.intervals.push_back({metrics()[i].name, percentile(values, tail),
                                percentile(values, 100 - tail), confidence});
    }
  }
  base.replication = summary_of(replicates, confidence);
}

SimulateMany simulator(const std::vector<spec::CardSpec>& cards, int jobs) {
  return [cards, jobs](const std::vector<spec::RunSpec>& runs) {
    std::vector<RunResult> results(runs.size());
    side_by_side(runs.size(), jobs, [&](std::size_t i) {
      cluster::Observer nobody;
      results[i] = cluster::simulate(runs[i], cards, nobody);
    });
    return results;
  };
}

RunResult replicate(const spec::RunSpec& run, const ReplicateOptions& options,
                    const SimulateMany& simulate_many) {
  std::vector<spec::RunSpec> runs{run};
  for (std::int64_t i = 1; i <= options.replicates; ++i) {
    runs.push_back(replicate_of(run, i));
  }
  std::vector<RunResult> results = simulate_many(runs);
  KVSIM_CHECK(results.size() == runs.size(), "one result for each run");
  std::vector<Outcome> outcomes;
  std::transform(results.begin() + 1, results.end(), std::back_inserter(outcomes), outcome_of);
  add_intervals(results.front(), outcomes, options.confidence);
  return std::move(results.front());
}

}  // namespace kvsim::plan
