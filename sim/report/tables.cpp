#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/base/check.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
Subject subject_of(const StudyResults& results) {
  std::vector<std::string> variants = variant_names(results.runs);
  for (const spec::PlanAnswer& answer : results.plans) {
    if (std::find(variants.begin(), variants.end(), answer.variant) == variants.end()) {
      variants.push_back(answer.variant);
    }
  }
  return {results, run_labels(results.runs), std::move(variants)};
}

Table table_of(spec::ReportTable name, const Subject& subject) {
  using Maker = Table (*)(const Subject&);
  constexpr std::array<Maker, spec::kReportTableNames.size()> kMakers = {plan_table,
                                                                         plan_dropped_table,
                                                                         plan_sensitivity_table,
                                                                         plan_command_table,
                                                                         plan_front_table,
                                                                         plan_layout_table,
                                                                         plan_hours_table,
                                                                         glance_table,
                                                                         capacity_table,
                                                                         slo_table,
                                                                         latency_table,
                                                                         latency_range_table,
                                                                         steady_table,
                                                                         traffic_table,
                                                                         traffic_range_table,
                                                                         pool_table,
                                                                         cost_table,
                                                                         offered_rate_table,
                                                                         prefix_table,
                                                                         time_table,
                                                                         step_by_batch_table,
                                                                         step_by_context_table,
                                                                         operator_table,
                                                                         hbm_table,
                                                                         load_table,
                                                                         memory_table,
                                                                         provenance_table,
                                                                         card_table,
                                                                         notes_table};
  return !is_of_plans(name) && subject.results.runs.empty()
             ? Table{}
             : kMakers.at(static_cast<std::size_t>(name))(subject);
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
