// kvsim calibrate host: host time per step of one engine version, from a few measured servers.
//
// The one thing that is fitted to whole servers. Two numbers for all models and GPUs: what a step
// takes on the host, and what each sequence in it adds. The rows are those that a map names under
// host_fit, chosen before the fit; `kvsim validate` keeps them out of every error.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "calibration/fit/pattern_search.hpp"
#include "sim/cli/calibrate_common.hpp"
#include "sim/cli/calibrate_options.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/measured_rows.hpp"
#include "sim/cli/measured_table.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/cluster/simulate.hpp"
#include "sim/config/config.hpp"
#include "sim/report/card_yaml.hpp"

namespace kvsim::cli {
namespace {

constexpr std::string_view kMetric = "mean_tpot_ms";

struct FitRow {
  std::string id;
  spec::RunSpec run;
  double measured_ms = 0;
};

std::vector<FitRow> fit_rows(const spec::MeasuredMap& map, const validate::Table& table,
                             const std::string& stack) {
  std::vector<FitRow> rows;
  for (const validate::RowPlan& row : validate::plan_rows(map, table)) {
    const auto tpot = std::find_if(row.measured.begin(), row.measured.end(),
                                   [](const auto& each) { return each.metric == kMetric; });
    if (row.fitted != stack || !row.skip.empty() || tpot == row.measured.end()) {
      continue;
    }
    rows.push_back({row.id, run_of(row, {}), tpot->value});
    if (!rows.back().run.workload.closed_loop) {
      refuse(fmt::format("row '{}' is no closed loop", row.id),
             "host time is told apart by how many sequences run, which a closed loop says");
    }
  }
  if (rows.size() < 3) {
    refuse(fmt::format("the map '{}' names {} rows for the host time of '{}'", map.name,
                       rows.size(), stack),
           "two numbers need three rows at least: add them under host_fit");
  }
  return rows;
}

Duration seconds(double value) { return to_duration(Seconds(value)); }

// The card of a host that takes `per_step` and `per_sequence` seconds, and nothing beside them.
spec::CardSpec host_card(const std::string& stack, const std::vector<double>& times) {
  spec::CardSpec card;
  card.name = fmt::format("any/host/{}", stack);
  card.gpus = {"any"};
  card.op = spec::CardOperator::Host;
  card.stack = stack;
  card.form = spec::CardForm::Host;
  card.host.per_step = seconds(times[0]);
  card.host.per_sequence = seconds(times[1]);
  card.provenance = spec::Provenance::FittedElsewhere;
  return card;
}

double predicted_ms(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards) {
  cluster::Observer nobody;
  return cluster::simulate(run, cards, nobody).metrics.tpot.mean;
}

// Replaces whatever host cards there are.
class Trial {
 public:
  Trial(std::string stack, const std::vector<FitRow>& rows)
      : stack_(std::move(stack)), rows_(rows), cards_(config::load_cards(library())) {
    std::erase_if(cards_, [](const auto& card) { return card.op == spec::CardOperator::Host; });
    cards_.emplace_back();
  }
  [[nodiscard]] std::vector<double> log_ratios(const std::vector<double>& times) {
    cards_.back() = host_card(stack_, times);
    std::vector<double> all;
    for (const FitRow& row : rows_) {
      all.push_back(std::log(predicted_ms(row.run, cards_) / row.measured_ms));
    }
    return all;
  }
  [[nodiscard]] double loss(const std::vector<double>& times) {
    double sum = 0;
    for (const double ratio : log_ratios(times)) {
      sum += ratio * ratio;
    }
    return sum;
  }

 private:
  std::string stack_;
  const std::vector<FitRow>& rows_;
  std::vector<spec::CardSpec> cards_;
};

// The best of a coarse grid: asynchronous hosts are hidden by the GPU over wide ranges, where a
// search would find no slope.
std::vector<double> best_of_grid(Trial& trial) {
  std::vector<double> best;
  double lowest = 0;
  for (const double per_step : {0.05e-3, 0.3e-3, 1e-3, 3e-3, 6e-3}) {
    for (const double per_sequence : {1e-6, 5e-6, 20e-6, 60e-6, 150e-6}) {
      const std::vector<double> times = {per_step, per_sequence};
      const double value = trial.loss(times);
      if (best.empty() || value < lowest) {
        best = times;
        lowest = value;
      }
    }
  }
  return best;
}

std::string joined_ids(const std::vector<FitRow>& rows) {
  std::vector<std::string> ids;
  for (const FitRow& row : rows) {
    ids.push_back(row.id);
  }
  return fmt::format("{}", fmt::join(ids, ", "));
}

}  // namespace

int calibrate_host(const HostOptions& options) {
  const validate::Table table = load_measured_table(options.measured);
  const spec::MeasuredMap map = map_for(table, options.map);
  const std::vector<FitRow> rows = fit_rows(map, table, options.stack);
  Trial trial(options.stack, rows);
  fit::SearchResult found = fit::pattern_search(
      [&](const std::vector<double>& times) { return trial.loss(times); }, best_of_grid(trial));
  for (double& time : found.at) {
    time = std::stod(fmt::format("{:.3g}", time));  // five servers know no more
  }
  spec::CardSpec card = host_card(options.stack, found.at);
  card.source = fmt::format("fit by kvsim to the TPOT of {} measured servers of {}: {}",
                            rows.size(), map.source, joined_ids(rows));
  write_whole(options.out, report::card_yaml(card));
  fmt::print("{}: {:.3f} ms per step, {:.2f} us per sequence, from {} rows\n", card.name,
             found.at[0] * 1e3, found.at[1] * 1e6, rows.size());
  const std::vector<double> ratios = trial.log_ratios(found.at);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    fmt::print("  {:+.1f} %  {}\n", 100 * std::expm1(ratios[i]), rows[i].id);
  }
  fmt::print("written to {}\n", options.out);
  return kOk;
}

}  // namespace kvsim::cli
