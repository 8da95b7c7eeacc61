// How many replicas each hour takes, where the rate varies: peak against mean.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/plan_tables.hpp"
#include "sim/report/plan_words.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using Hour = spec::PlanHours::Hour;

std::int64_t most_of(const spec::PlanHours& hours) {
  std::int64_t most = 0;
  for (const Hour& hour : hours.hours) {
    most = std::max(most, hour.replicas.value_or(0));
  }
  return most;
}

double mean_of(const spec::PlanHours& hours) {
  double sum = 0;
  for (const Hour& hour : hours.hours) {
    sum += static_cast<double>(hour.replicas.value_or(0));
  }
  return sum / static_cast<double>(hours.hours.size());
}

bool is_whole(const spec::PlanHours& hours) {
  return std::all_of(hours.hours.begin(), hours.hours.end(),
                     [](const Hour& hour) { return hour.replicas.has_value(); });
}

std::string peak_and_mean(const spec::PlanHours& hours, std::int64_t gpus_per_replica) {
  const double peak = static_cast<double>(gpus_per_replica * most_of(hours));
  const double mean = static_cast<double>(gpus_per_replica) * mean_of(hours);
  return fmt::format(
      "{} GPUs at the peak, {} on average: a cluster that follows the rate leaves out {}.",
      format_number(peak), format_number(mean), format_percent(peak > 0 ? 1 - mean / peak : 0));
}

}  // namespace

Table plan_hours_table(const Subject& subject) {
  const auto& plans = subject.results.plans;
  const bool several = plans.size() > 1;
  const auto labels = question_labels(plans);
  Table table{.title = "Replicas by the hour",
              .columns = {{"", "from", "", true},
                          {"", "requests", "1/s"},
                          {"", "replicas", ""},
                          {"", "GPUs", ""}},
              .rows = {}};
  if (several) {
    table.columns.insert(table.columns.begin(), {"", "question", "", true});
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (!plans[i].hours || plans[i].hours->hours.empty()) {
      continue;
    }
    const std::int64_t gpus = winner_of(plans[i])->gpus_per_replica;
    for (const Hour& hour : plans[i].hours->hours) {
      Row row{.runs = {}, .key = "", .cells = {}};
      row.variant = plans[i].variant;
      if (several) {
        row.cells.push_back(text_cell(labels[i]));
      }
      row.cells.push_back(text_cell(format_time(to_seconds(hour.start).value())));
      row.cells.push_back(number_cell(hour.rate));
      row.cells.push_back(hour.replicas ? count_cell(*hour.replicas) : no_cell());
      row.cells.push_back(hour.replicas ? count_cell(*hour.replicas * gpus) : no_cell());
      table.rows.push_back(std::move(row));
    }
    if (is_whole(*plans[i].hours)) {
      table.notes.push_back((several ? labels[i] + ": " : "") +
                            peak_and_mean(*plans[i].hours, gpus));
    }
  }
  if (!table.rows.empty()) {
    table.notes.emplace_back(
        "Each window as if its rate never ended, without the time that a replica takes to start. "
        "The plan itself is sized by simulating the whole story.");
  }
  return table;
}

}  // namespace kvsim::report
