// The tables of the summary, one function each. Internal to the room; tables.hpp is the door.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/study_results.hpp"
#include "sim/report/table.hpp"
#include "sim/spec/report_template.hpp"

namespace kvsim::report {

/// Results with the names under which their runs appear.
struct Subject {
  const StudyResults& results;
  std::vector<std::string> labels;
  std::vector<std::string> variants;  ///< of the whole study, so that each keeps its colour
};
[[nodiscard]] Subject subject_of(const StudyResults& results);

/// A column of a table whose rows are runs.
struct RunColumn {
  std::string key;
  std::string title;
  std::string unit;
  std::function<Cell(const spec::RunResult&)> cell;
};
/// The name of the metric first, then of the run: the runs of one metric stand below each other.
[[nodiscard]] std::string row_label(const Subject& subject, std::string_view metric,
                                    std::size_t run);
[[nodiscard]] Table table_of_runs(std::string title, const Subject& subject,
                                  const std::vector<RunColumn>& columns);

/// Runs that share one memory budget, as the rates of a sweep do, and what to call them.
struct BudgetGroup {
  std::vector<std::size_t> runs;
  std::string label;
};

/// The others are of runs, of which a plan may have none.
[[nodiscard]] constexpr bool is_of_plans(spec::ReportTable name) {
  return name <= spec::ReportTable::PlanHours;
}

/// Any of the tables below by its name; without rows when there is nothing to say.
[[nodiscard]] Table table_of(spec::ReportTable name, const Subject& subject);

// tables_plan.cpp, tables_plan_layouts.cpp, tables_plan_hours.cpp: what a planner found; without
// rows when nobody planned
[[nodiscard]] Table plan_table(const Subject& subject);
[[nodiscard]] Table plan_dropped_table(const Subject& subject);
[[nodiscard]] Table plan_sensitivity_table(const Subject& subject);
[[nodiscard]] Table plan_command_table(const Subject& subject);
[[nodiscard]] Table plan_front_table(const Subject& subject);
[[nodiscard]] Table plan_layout_table(const Subject& subject);
[[nodiscard]] Table plan_hours_table(const Subject& subject);

// tables_capacity.cpp: what fits
[[nodiscard]] std::vector<BudgetGroup> groups_by_budget(const Subject& subject);
[[nodiscard]] Table capacity_table(const Subject& subject);
[[nodiscard]] Table memory_table(const Subject& subject);

// tables_speed.cpp: how fast it is and where the time goes
[[nodiscard]] Table glance_table(const Subject& subject);
[[nodiscard]] Table slo_table(const Subject& subject);  ///< without rows when there is no slo
[[nodiscard]] Table latency_table(const Subject& subject);
[[nodiscard]] Table traffic_table(const Subject& subject);
[[nodiscard]] Table time_table(const Subject& subject);
[[nodiscard]] Table hbm_table(const Subject& subject);

// tables_pools.cpp: replicas of unlike kinds beside each other; without rows when there are none
[[nodiscard]] Table pool_table(const Subject& subject);

// tables_step.cpp: a decode step against batch and context; without rows when nothing fits
[[nodiscard]] Table step_by_batch_table(const Subject& subject);
[[nodiscard]] Table step_by_context_table(const Subject& subject);
[[nodiscard]] Table operator_table(const Subject& subject);

// tables_load.cpp: what ran and waited over time
[[nodiscard]] Table load_table(const Subject& subject);

// tables_cost.cpp: money and energy
[[nodiscard]] Table cost_table(const Subject& subject);
// tables_rate.cpp: what is asked over time; without rows when no rate varies
[[nodiscard]] Table offered_rate_table(const Subject& subject);

// tables_prefix.cpp: what the prefix cache finds; without rows when there is nothing to find
[[nodiscard]] Table prefix_table(const Subject& subject);
/// Whether some run with a curve of hits has turns that wait for answers, which the curve does not.
[[nodiscard]] bool has_conversations(const Subject& subject);

// tables_uncertainty.cpp: what replicates say; without rows when there were none
[[nodiscard]] Table latency_range_table(const Subject& subject);
[[nodiscard]] Table traffic_range_table(const Subject& subject);
[[nodiscard]] Table interval_table(const Subject& subject);  ///< all of them, for CSV
/// What brackets mean.
[[nodiscard]] std::vector<std::string> replication_notes(const Subject& subject);

// tables_steady.cpp: latencies without the warm-up; without rows when nobody asked
[[nodiscard]] Table steady_table(const Subject& subject);
[[nodiscard]] Table steady_numbers(const Subject& subject);  ///< one by one, for CSV
/// What a terminal says of it: a sentence for each of a few runs, and why others have none.
[[nodiscard]] std::vector<std::string> steady_notes(const Subject& subject);

// tables_evidence.cpp: how sure it is
/// One for each kind of evidence that occurs, over all runs.
[[nodiscard]] std::vector<Badge> badges(const std::vector<spec::RunResult>& runs);
[[nodiscard]] Table provenance_table(const Subject& subject);
[[nodiscard]] Table card_table(const Subject& subject);   ///< may be without rows
[[nodiscard]] Table notes_table(const Subject& subject);  ///< may be without rows

}  // namespace kvsim::report
