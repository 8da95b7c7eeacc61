#include "sim/report/tables.hpp"

#include <fmt/format.h>

#include "kvsim_version.hpp"
#include "sim/base/check.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/charts.hpp"
#include "sim/report/headline.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

constexpr std::string_view kLatencyWords =
    "TTFT: first token minus arrival. TPOT: (end-to-end latency - TTFT) / (output tokens - 1), per "
    "request; requests with one output token are left out. ITL: all gaps between tokens of all "
    "requests, pooled. E2EL: last token minus arrival. As in vllm bench serve.";
constexpr std::string_view kStatisticWords =
    "Percentiles are linear between order statistics (type 7, numpy). Interactivity is 1000 / mean "
    "TPOT in ms. Goodput counts requests that meet every limit, each by itself.";
constexpr std::string_view kStabilityWords =
    "Stable: the queue does not grow. Backlogged: it empties only after the last arrival. "
    "Overloaded: it grows as long as requests arrive, so latencies depend on the run's length.";

std::vector<std::string> definitions() {
  return {std::string(kLatencyWords), std::string(kStatisticWords), std::string(kStabilityWords),
          "GB is 10^9 bytes, GiB is 2^30 bytes.",
          fmt::format("Written by kvsim {}.", KVSIM_VERSION)};
}

}  // namespace

std::string row_label(const Subject& subject, std::string_view metric, std::size_t run) {
  return subject.labels.size() == 1 ? std::string(metric)
                                    : fmt::format("{}, {}", metric, subject.labels[run]);
}

Table table_of_runs(std::string title, const Subject& subject,
                    const std::vector<RunColumn>& columns) {
  Table table{.title = std::move(title), .columns = {{"", "run", "", true}}, .rows = {}};
  table.may_turn = true;
  for (const RunColumn& column : columns) {
    table.columns.push_back({column.key, column.title, column.unit});
  }
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    Row row{{i}, "", {text_cell(subject.labels[i])}};
    for (const RunColumn& column : columns) {
      row.cells.push_back(column.cell(subject.results.runs[i]));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Report make_report(const StudyResults& results) {
  KVSIM_CHECK(!results.runs.empty(), "a report needs at least one run");
  const Subject subject{results, run_labels(results.runs)};
  Report report{
      .title = results.study,
      .headline = headline(results),
      .tables = {glance_table(subject), capacity_table(subject), slo_table(subject),
                 latency_table(subject), latency_range_table(subject), traffic_table(subject),
                 traffic_range_table(subject), interval_table(subject), prefix_table(subject),
                 time_table(subject), hbm_table(subject), memory_table(subject),
                 provenance_table(subject), card_table(subject), notes_table(subject)},
      .run_ids = {},
      .footer = definitions(),
      .charts = make_charts(subject)};
  std::erase_if(report.tables, [](const Table& table) { return table.rows.empty(); });
  for (const spec::RunResult& run : results.runs) {
    report.run_ids.push_back(run.spec.id);
  }
  return report;
}

}  // namespace kvsim::report
