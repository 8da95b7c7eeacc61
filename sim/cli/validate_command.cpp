// kvsim validate: every measured row simulated as it was measured, and the errors of the
// predictions.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "sim/cli/calibrate_common.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/measured_rows.hpp"
#include "sim/cli/measured_table.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/replicate_flags.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cli/validate_app.hpp"
#include "sim/cli/validation_report.hpp"
#include "sim/cluster/simulate.hpp"
#include "sim/config/config.hpp"
#include "sim/config/measured_map.hpp"
#include "sim/plan/mean_field.hpp"
#include "sim/plan/replicate.hpp"
#include "sim/plan/side_by_side.hpp"
#include "sim/report/derived.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;
using validate::Judgement;
using validate::RowPlan;

constexpr std::string_view kFormulaMetric = "mean_tpot_ms";  // what plan/mean_field.hpp estimates

// What became of one row: a result, or why there is none.
struct Outcome {
  std::string reason;
  std::optional<ConfigError> error;  ///< of the loader
  plan::Outcome outcome;
  std::vector<spec::Interval> intervals;
  report::ProvenanceShares provenance{};
  std::optional<double> mean_field;
};

class Watcher final : public cluster::Observer {
 public:
  bool keep_going(std::int64_t, SimTime) override { return !interrupted(); }
};

plan::SimulateMany one_after_the_other(const std::vector<spec::CardSpec>& cards) {
  return [&cards](const std::vector<spec::RunSpec>& runs) {
    std::vector<spec::RunResult> results;
    for (const spec::RunSpec& run : runs) {
      Watcher watcher;
      results.push_back(cluster::simulate(run, cards, watcher));
    }
    return results;
  };
}

Outcome simulate_row(const RowPlan& row, const ValidateOptions& options,
                     const std::vector<spec::CardSpec>& cards) {
  Outcome outcome;
  try {
    const spec::RunSpec run = run_of(row, options.sets);
    const plan::SimulateMany simulate = one_after_the_other(cards);
    const spec::RunResult result = options.replicate.replicates > 0
                                       ? plan::replicate(run, options.replicate, simulate)
                                       : simulate({run}).front();
    if (result.metrics.completed == 0) {
      outcome.reason = "no request was served";
      return outcome;
    }
    outcome.outcome = plan::outcome_of(result);
    outcome.intervals = result.intervals;
    outcome.provenance = report::provenance_shares(result.metrics);
    outcome.mean_field = plan::mean_field_tpot_ms(run, cards);
  } catch (const ConfigError& error) {
    outcome.reason = error.diagnostics().front().message;
    outcome.error = error;
  } catch (const DoesNotFit&) {
    outcome.reason = "the model does not fit in HBM";
  }
  return outcome;
}

std::optional<double> predicted(const Outcome& outcome, const std::string& metric) {
  const std::vector<std::string>& names = plan::headline_metrics();
  const auto found = std::find(names.begin(), names.end(), metric);
  return found == names.end()
             ? std::nullopt
             : outcome.outcome.metrics[static_cast<std::size_t>(found - names.begin())];
}

std::optional<validate::Bounds> bounds_of(const Outcome& outcome, const std::string& metric) {
  for (const spec::Interval& interval : outcome.intervals) {
    if (interval.metric == metric) {
      return validate::Bounds{interval.low, interval.high};
    }
  }
  return std::nullopt;
}

void add_comparisons(Judgement& judgement, const RowPlan& row, const Outcome& outcome) {
  for (const validate::Measured& measured : row.measured) {
    const std::optional<double> value = predicted(outcome, measured.metric);
    if (!value) {
      continue;
    }
    judgement.rows.push_back(
        {.row = row.id,
         .line = row.line,
         .labels = row.labels,
         .metric = measured.metric,
         .measured = measured.value,
         .predicted = *value,
         .mean_field = measured.metric == kFormulaMetric ? outcome.mean_field : std::nullopt,
         .interval = bounds_of(outcome, measured.metric),
         .provenance = outcome.provenance,
         .targets = row.targets,
         .causes = row.causes,
         .fitted = row.fitted});
  }
}

void add_skipped(Judgement& judgement, const std::string& reason, const std::string& row) {
  auto found = std::find_if(judgement.skipped.begin(), judgement.skipped.end(),
                            [&](const auto& each) { return each.reason == reason; });
  if (found == judgement.skipped.end()) {
    found = judgement.skipped.insert(judgement.skipped.end(), {reason, {}});
  }
  found->rows.push_back(row);
}

// A mistake that spoils every row is one in the flags.
void throw_if_all_failed(const std::vector<Outcome>& outcomes) {
  const bool all = std::all_of(outcomes.begin(), outcomes.end(),
                               [](const Outcome& each) { return each.error.has_value(); });
  if (all && !outcomes.empty()) {
    throw ConfigError(*outcomes.front().error);
  }
}

void refuse_unknown_metrics(const spec::MeasuredMap& map) {
  const std::vector<std::string>& known = plan::headline_metrics();
  for (const spec::MeasuredMetric& metric : map.measured) {
    if (std::find(known.begin(), known.end(), metric.metric) == known.end()) {
      refuse(fmt::format("the map '{}' measures '{}', which is no metric here", map.name,
                         metric.metric),
             fmt::format("known: {}", fmt::join(known, ", ")));
    }
  }
}

std::vector<Outcome> simulate_rows(const std::vector<RowPlan>& rows,
                                   const ValidateOptions& options) {
  const std::vector<spec::CardSpec> cards = config::load_cards(library());
  std::vector<Outcome> outcomes(rows.size());
  Progress progress(Progress::manner(options.quiet), rows.size());
  plan::side_by_side(
      rows.size(), options.jobs,
      [&](std::size_t i) {
        outcomes[i] = simulate_row(rows[i], options, cards);
        progress.run_done(rows[i].id);
      },
      [] { return !interrupted(); });
  if (interrupted()) {
    throw cluster::Interrupted();
  }
  throw_if_all_failed(outcomes);
  return outcomes;
}

Judgement judge_table(const spec::MeasuredMap& map, const validate::Table& table,
                      const ValidateOptions& options) {
  refuse_unknown_metrics(map);
  Judgement judgement;
  judgement.map = map.name;
  judgement.source = map.source;
  judgement.table = fs::path(table.file).filename().string();
  std::vector<RowPlan> rows;
  for (RowPlan& row : validate::plan_rows(map, table)) {
    if (row.skip.empty()) {
      rows.push_back(std::move(row));
    } else {
      add_skipped(judgement, row.skip, row.id);
    }
  }
  const std::vector<Outcome> outcomes = simulate_rows(rows, options);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (outcomes[i].reason.empty()) {
      add_comparisons(judgement, rows[i], outcomes[i]);
    } else {
      add_skipped(judgement, outcomes[i].reason, rows[i].id);
    }
  }
  std::stable_sort(judgement.skipped.begin(), judgement.skipped.end(),
                   [](const auto& a, const auto& b) { return a.rows.size() > b.rows.size(); });
  validate::judge(judgement, map);
  return judgement;
}

// Error bars are for targets; tables without one are large and old.
ValidateOptions options_for(const spec::MeasuredMap& map, ValidateOptions options) {
  options.replicate.replicates = map.targets.empty() ? 0 : options.replicate.replicates;
  return options;
}

std::vector<Judgement> judge_folder(const ValidateOptions& options) {
  std::vector<Judgement> all;
  for (const spec::MeasuredMap& map : config::load_measured_maps(library())) {
    const fs::path file = fs::path(options.data) / map.file;
    if (!map.file.empty() && fs::is_regular_file(file)) {
      all.push_back(
          judge_table(map, load_measured_table(file.string()), options_for(map, options)));
    }
  }
  if (all.empty()) {
    refuse(fmt::format("'{}' has none of the tables that the maps know", options.data),
           "name a folder with tables such as inferencex_silicon_hopper_agg.csv");
  }
  return all;
}

std::vector<Judgement> judge_all(const ValidateOptions& options) {
  if (!options.data.empty()) {
    return judge_folder(options);
  }
  if (options.measured.empty()) {
    refuse("there is nothing to compare with", "give --measured FILE or --data DIR");
  }
  const validate::Table table = load_measured_table(options.measured);
  return {judge_table(map_for(table, options.map), table, options)};
}

}  // namespace

int validate_measured(const ValidateOptions& options) {
  refuse_few_replicates(options.replicate);
  const std::vector<Judgement> all = judge_all(options);
  if (!options.out.empty()) {
    write_whole(options.out, validation_markdown(all));
  }
  fmt::print("{}", options.format == "json"  ? validation_json(all)
                   : options.format == "csv" ? validation_csv(all)
                   : options.format == "md"  ? validation_markdown(all)
                                             : validation_table(all));
  static_cast<void>(std::fflush(stdout));
  return kOk;
}

}  // namespace kvsim::cli
