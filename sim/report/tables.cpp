#include <fmt/format.h>

#include <array>

#include "sim/base/check.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
Subject subject_of(const StudyResults& results) {
  return {results, run_labels(results.runs), variant_names(results.runs)};
}

Table table_of(spec::ReportTable name, const Subject& subject) {
  using Maker = Table (*)(const Subject&);
  constexpr std::array<Maker, spec::kReportTableNames.size()> kMakers = {
      glance_table,          capacity_table,   slo_table,           latency_table,
      latency_range_table,   traffic_table,    traffic_range_table, cost_table,
      offered_rate_table,    prefix_table,     time_table,          step_by_batch_table,
      step_by_context_table, operator_table,   hbm_table,           load_table,
      memory_table,          provenance_table, card_table,          notes_table};
  return kMakers.at(static_cast<std::size_t>(name))(subject);
}

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

}  // namespace kvsim::report
