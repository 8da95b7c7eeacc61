#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/latency_word.hpp"
#include "sim/report/ranges.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using spec::RunResult;

bool has_intervals(const Subject& subject) {
  const auto& runs = subject.results.runs;
  return std::any_of(runs.begin(), runs.end(),
                     [](const RunResult& run) { return !run.intervals.empty(); });
}

Cell range_cell(const RunResult& run, std::string_view metric) {
  const std::optional<Range> range = range_of(run, metric);
  return range ? text_cell(format_range(*range)) : no_cell();
}

Cell percent_range_cell(const RunResult& run, std::string_view metric) {
  const std::optional<Range> range = range_of(run, metric);
  return range ? text_cell(format_percent_range(*range)) : no_cell();
}

RunColumn range_column(std::string title, std::string unit, std::string metric) {
  return {"", std::move(title), std::move(unit),
          [metric](const RunResult& run) { return range_cell(run, metric); }};
}

RunColumn percent_range_column(std::string title, std::string metric) {
  return {"", std::move(title), "",
          [metric](const RunResult& run) { return percent_range_cell(run, metric); }};
}

}  // namespace

std::vector<std::string> replication_notes(const Subject& subject) {
  const RunResult& first = subject.results.runs.front();
  if (!first.replication) {
    return {};
  }
  double truncated = 0;
  std::vector<std::string> overloaded;
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    const spec::Replication& each = *subject.results.runs[i].replication;
    truncated = std::max(truncated, each.truncated_share);
    if (each.overloaded > 0 && each.overloaded < each.replicates) {
      overloaded.push_back(fmt::format("{} in {}", subject.labels[i], each.overloaded));
    }
  }
  std::vector<std::string> notes = {fmt::format(
      "In brackets: where {} % of {} replicates lie, each with arrivals of its own and with the "
      "price of every kernel and of the host off by a draw of its card's error. Before them: the "
      "run with the cards as they are, which the luck of its arrivals may put outside. Not "
      "covered: rules of the scheduler and the form of the model. Draws faster than the GPU's "
      "peaks were cut off there, for at most {} of busy time.",
      fmt::format("{:.3g}", 100 * first.replication->confidence), first.replication->replicates,
      format_percent(truncated))};
  if (!overloaded.empty()) {
    notes.push_back(fmt::format("Overloaded in some of the {} replicates: {}.",
                                first.replication->replicates, join_words(overloaded)));
  }
  return notes;
}

Table latency_range_table(const Subject& subject) {
  Table table{.title = "Uncertainty of latency", .columns = {{"", "metric", "", true}}, .rows = {}};
  constexpr std::array kStatistics = {"mean", "median", "p90", "p95", "p99"};
  for (const char* statistic : kStatistics) {
    table.columns.push_back({"", statistic, "ms"});
  }
  if (!has_intervals(subject)) {
    return table;
  }
  for (const auto& [metric, title] : {std::pair("ttft", "TTFT"), std::pair("tpot", "TPOT"),
                                      std::pair("itl", "ITL"), std::pair("e2el", "E2EL")}) {
    for (std::size_t run = 0; run < subject.labels.size(); ++run) {
      const RunResult& result = subject.results.runs[run];
      Row row{{run}, "", {text_cell(with_word(row_label(subject, title, run), result))}};
      for (const char* statistic : kStatistics) {
        row.cells.push_back(range_cell(result, fmt::format("{}_{}_ms", statistic, metric)));
      }
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Table traffic_range_table(const Subject& subject) {
  Table table = table_of_runs("Uncertainty of traffic and memory", subject,
                              {range_column("requests", "1/s", "request_throughput"),
                               range_column("goodput", "1/s", "request_goodput"),
                               range_column("output", "tok/s", "output_throughput"),
                               percent_range_column("KV usage, mean", "kv_cache_usage_mean"),
                               percent_range_column("KV usage, max", "kv_cache_usage_max"),
                               range_column("preemptions", "", "num_preemptions"),
                               percent_range_column("HBM, of the peak", "hbm_utilization")});
  if (!has_intervals(subject)) {
    table.rows.clear();
  }
  return table;
}

Table interval_table(const Subject& subject) {
  Table table{.title = "Intervals",
              .columns = {{"", "metric", "", true},
                          {"{}_low", "low", ""},
                          {"{}_high", "high", ""},
                          {"{}_confidence", "confidence", ""}},
              .rows = {}};
  table.only_csv = true;
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    for (const spec::Interval& interval : subject.results.runs[i].intervals) {
      table.rows.push_back({{i},
                            interval.metric,
                            {text_cell(fmt::format("{}, {}", interval.metric, subject.labels[i])),
                             number_cell(interval.low), number_cell(interval.high),
                             percent_cell(interval.confidence)}});
    }
  }
  return table;
}

}  // namespace kvsim::report
