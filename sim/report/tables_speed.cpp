#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/latency_word.hpp"
#include "sim/report/ranges.hpp"
#include "sim/report/slo.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using spec::LatencySummary;
using spec::RunMetrics;
using spec::RunResult;

struct LatencyMetric {
  std::string_view key;
  std::string_view title;
  LatencySummary RunMetrics::*summary;
};
constexpr std::array kLatencyMetrics = {LatencyMetric{"ttft", "TTFT", &RunMetrics::ttft},
                                        LatencyMetric{"tpot", "TPOT", &RunMetrics::tpot},
                                        LatencyMetric{"itl", "ITL", &RunMetrics::itl},
                                        LatencyMetric{"e2el", "E2EL", &RunMetrics::e2el},
                                        LatencyMetric{"queue", "queue", &RunMetrics::queue}};

Row latency_row(const Subject& subject, const LatencyMetric& metric, std::size_t run) {
  const RunResult& result = subject.results.runs[run];
  const LatencySummary& s = result.metrics.*metric.summary;
  Row row{{run},
          std::string(metric.key),
          {text_cell(with_word(row_label(subject, metric.title, run), result))}};
  for (const double value : {s.mean, s.median, s.p90, s.p95, s.p99, s.p99_9, s.std}) {
    row.cells.push_back(s.count == 0 ? no_cell() : number_cell(value));
  }
  return row;
}

void warn_of_unstable_runs(Table& table, const Subject& subject) {
  std::vector<std::string> overloaded;
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    if (!latency_word(subject.results.runs[i]).empty()) {
      overloaded.push_back(subject.labels[i]);
    }
  }
  if (!overloaded.empty()) {
    table.notes.push_back(
        fmt::format("Overloaded: {}. {} latencies grow with the length of the "
                    "run and say nothing about a steady state.",
                    join_words(overloaded), overloaded.size() == 1 ? "Its" : "Their"));
  }
}

void note_histograms(Table& table, const Subject& subject) {
  for (const RunResult& run : subject.results.runs) {
    if (!percentiles_exact(run.metrics)) {
      table.notes.emplace_back(
          "Means are exact. Some percentiles come from a histogram whose bins "
          "are at most 0.4 % wide (result.json says which).");
      return;
    }
  }
}

Row slo_row(const Subject& subject, const LimitCheck& check, std::size_t run) {
  const RunResult& result = subject.results.runs[run];
  const bool finished = result.metrics.completed > 0;
  return {{run},
          fmt::format("{}_{}", check.statistic, check.metric),
          {text_cell(row_label(subject, limit_name(check), run)),
           number_cell(check.limit_ms),
           finished ? with_word(number_cell(check.value_ms), result) : no_cell(),
           {std::int64_t{check.met}, check.met ? "met" : "not met"}}};
}

void add_names_of_limits(Table& table, const Subject& subject) {
  for (const RunResult& run : subject.results.runs) {
    const std::string note = fmt::format("{}: {}.", run.spec.slo.name, run.spec.slo.source);
    const bool is_new =
        std::find(table.notes.begin(), table.notes.end(), note) == table.notes.end();
    if (!run.spec.slo.name.empty() && is_new) {
      table.notes.push_back(note);
    }
  }
}

RunColumn count_column(std::string key, std::string title, std::int64_t RunMetrics::*member,
                       std::string unit = "") {
  return {std::move(key), std::move(title), std::move(unit),
          [member](const RunResult& run) { return count_cell(run.metrics.*member); }};
}

RunColumn rate_column(std::string key, std::string title, double RunMetrics::*member,
                      std::string unit) {
  return {std::move(key), std::move(title), std::move(unit),
          [member](const RunResult& run) { return number_cell(run.metrics.*member); }};
}

RunColumn percent_column(std::string key, std::string title, double RunMetrics::*member) {
  return {std::move(key), std::move(title), "",
          [member](const RunResult& run) { return percent_cell(run.metrics.*member); }};
}

RunColumn traffic_column(std::string key, std::string title, Int128 RunMetrics::*member) {
  return {std::move(key), std::move(title), "",
          [member](const RunResult& run) { return traffic_cell(run.metrics.*member); }};
}

Cell peak_cell(const RunResult& run) {
  const double peak = run.bandwidth.peak_per_gpu.value();
  return {peak, fmt::format("{:.4g} TB/s", peak / 1e12)};
}

Cell latency_cell(const LatencySummary& summary, double LatencySummary::*statistic) {
  return summary.count == 0 ? no_cell() : number_cell(summary.*statistic);
}

Cell verdict_cell(const RunResult& run) {
  const std::vector<LimitCheck> checks = check_limits(run);
  if (checks.empty()) {
    return no_cell();
  }
  const auto met = std::count_if(checks.begin(), checks.end(),
                                 [](const LimitCheck& check) { return check.met; });
  return text_cell(fmt::format("{} of {}", met, checks.size()));
}

// "Evidence for the busy time: 0.3 % to 2.7 % fitted-elsewhere, 97.3 % to 99.7 % extrapolated."
std::string evidence_note(const std::vector<RunResult>& runs) {
  std::vector<std::string> parts;
  for (const Badge& badge : badges(runs)) {
    parts.push_back(fmt::format("{} {}", badge.text, badge.tag));
  }
  return fmt::format("Evidence behind the simulated time: {}.", join_words(parts));
}

Cell ranged_latency_cell(const RunResult& run, const LatencySummary& summary,
                         double LatencySummary::*statistic, std::string_view metric) {
  return with_word(with_range(latency_cell(summary, statistic), range_of(run, metric)), run);
}

}  // namespace

Table glance_table(const Subject& subject) {
  Table table = table_of_runs(
      "At a glance", subject,
      {{"output_throughput_per_gpu", "output per GPU", "tok/s",
        [](const RunResult& run) {
          return with_range(number_cell(per_gpu(run.metrics.output_throughput, run.spec)),
                            range_of_output_per_gpu(run));
        }},
       {"mean_interactivity", "per user", "tok/s",
        [](const RunResult& run) {
          return with_word(
              with_range(number_cell(mean_interactivity(run.metrics)), range_of_interactivity(run)),
              run);
        }},
       {"", "p99 TTFT", "ms",
        [](const RunResult& run) {
          return ranged_latency_cell(run, run.metrics.ttft, &LatencySummary::p99, "p99_ttft_ms");
        }},
       {"", "mean TPOT", "ms",
        [](const RunResult& run) {
          return ranged_latency_cell(run, run.metrics.tpot, &LatencySummary::mean, "mean_tpot_ms");
        }},
       {"", "p99 TPOT", "ms",
        [](const RunResult& run) {
          return ranged_latency_cell(run, run.metrics.tpot, &LatencySummary::p99, "p99_tpot_ms");
        }},
       {"", "KV usage", "",
        [](const RunResult& run) { return percent_cell(run.metrics.kv_cache_usage_mean); }},
       {"", "limits met", "", verdict_cell},
       {"stability", "stability", "", [](const RunResult& run) {
          return text_cell(
              std::string(spec::name_of(run.metrics.stability, spec::kStabilityNames)));
        }}});
  table.in_brief = true;
  table.notes = replication_notes(subject);
  for (std::string& note : steady_notes(subject)) {
    table.notes.push_back(std::move(note));
  }
  table.notes.push_back(evidence_note(subject.results.runs));
  return table;
}

Table slo_table(const Subject& subject) {
  Table table{.title = "Limits",
              .columns = {{"", "limit", "", true},
                          {"slo_{}_limit_ms", "limit", "ms"},
                          {"", "value", "ms"},
                          {"slo_{}_met", "verdict", ""}},
              .rows = {}};
  std::vector<std::vector<LimitCheck>> checks;
  std::size_t most = 0;
  for (const RunResult& run : subject.results.runs) {
    checks.push_back(check_limits(run));
    most = std::max(most, checks.back().size());
  }
  for (std::size_t limit = 0; limit < most; ++limit) {
    for (std::size_t run = 0; run < checks.size(); ++run) {
      if (limit < checks[run].size()) {
        table.rows.push_back(slo_row(subject, checks[run][limit], run));
      }
    }
  }
  add_names_of_limits(table, subject);
  return table;
}

Table latency_table(const Subject& subject) {
  Table table{.title = "Latency", .columns = {{"", "metric", "", true}}, .rows = {}};
  for (const auto& [key, title] :
       {std::pair("mean", "mean"), std::pair("median", "median"), std::pair("p90", "p90"),
        std::pair("p95", "p95"), std::pair("p99", "p99"), std::pair("p99_9", "p99.9"),
        std::pair("std", "std")}) {
    table.columns.push_back({fmt::format("{}_{{}}_ms", key), title, "ms"});
  }
  for (const LatencyMetric& metric : kLatencyMetrics) {
    for (std::size_t run = 0; run < subject.labels.size(); ++run) {
      table.rows.push_back(latency_row(subject, metric, run));
    }
  }
  warn_of_unstable_runs(table, subject);
  note_histograms(table, subject);
  return table;
}

Table traffic_table(const Subject& subject) {
  return table_of_runs(
      "Traffic", subject,
      {{"duration", "duration", "s",
        [](const RunResult& run) { return number_cell(to_seconds(run.metrics.duration).value()); }},
       count_column("completed", "completed", &RunMetrics::completed),
       count_column("refused", "refused", &RunMetrics::refused),
       rate_column("request_throughput", "requests", &RunMetrics::request_throughput, "1/s"),
       {"request_goodput", "goodput", "1/s",
        [](const RunResult& run) { return number_cell(run.metrics.request_goodput); }},
       rate_column("output_throughput", "output", &RunMetrics::output_throughput, "tok/s"),
       rate_column("total_token_throughput", "input and output",
                   &RunMetrics::total_token_throughput, "tok/s"),
       {"total_token_throughput_per_gpu", "the same per GPU", "tok/s",
        [](const RunResult& run) {
          return number_cell(per_gpu(run.metrics.total_token_throughput, run.spec));
        }},
       count_column("max_concurrent_requests", "most requests at once",
                    &RunMetrics::max_concurrent_requests),
       count_column("max_running_requests", "largest batch", &RunMetrics::max_running_requests,
                    "per replica")});
}

Table time_table(const Subject& subject) {
  std::vector<RunColumn> columns;
  for (std::size_t i = 0; i < spec::kTimeBucketNames.size(); ++i) {
    columns.push_back({fmt::format("time_share_{}", spec::kTimeBucketNames[i]),
                       std::string(spec::kTimeBucketNames[i]), "",
                       [i](const RunResult& run) { return percent_cell(time_shares(run)[i]); }});
  }
  Table table = table_of_runs("Where the time goes", subject, columns);
  table.in_brief = true;
  return table;
}

Table hbm_table(const Subject& subject) {
  return table_of_runs(
      "HBM traffic and KV cache", subject,
      {traffic_column("hbm_bytes_read", "bytes read", &RunMetrics::hbm_bytes_read),
       traffic_column("weight_bytes_read", "of them weights", &RunMetrics::weight_bytes_read),
       traffic_column("kv_bytes_read", "of them KV cache", &RunMetrics::kv_bytes_read),
       {"peak_per_gpu_bytes_per_s", "peak bandwidth of a GPU", "", peak_cell},
       {"hbm_utilization", "of the peak, all time", "",
        [](const RunResult& run) { return percent_cell(run.bandwidth.hbm_utilization); }},
       {"hbm_utilization_busy", "of the peak, busy time", "",
        [](const RunResult& run) { return percent_cell(run.bandwidth.hbm_utilization_busy); }},
       percent_column("kv_cache_usage_mean", "KV usage, mean", &RunMetrics::kv_cache_usage_mean),
       percent_column("kv_cache_usage_p99", "KV usage, p99", &RunMetrics::kv_cache_usage_p99),
       percent_column("kv_cache_usage_max", "KV usage, max", &RunMetrics::kv_cache_usage_max),
       count_column("num_preemptions", "preemptions", &RunMetrics::num_preemptions),
       percent_column("prefix_cache_hit_rate", "prefix cache hits",
                      &RunMetrics::prefix_cache_hit_rate),
       count_column("num_steps", "steps", &RunMetrics::num_steps),
       count_column("computed_tokens", "tokens computed", &RunMetrics::computed_tokens)});
}

}  // namespace kvsim::report
