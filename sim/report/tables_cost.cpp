// Money and energy. What the numbers mean is in cluster/run_cost.hpp and decision 0015.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/report/cells.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/ranges.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using spec::Bill;
using spec::EnergyReport;
using spec::RunResult;

const Bill* bill_of(const RunResult& run) {
  return run.cost && run.cost->bill ? &*run.cost->bill : nullptr;
}
const EnergyReport* energy_of(const RunResult& run) {
  return run.cost && run.cost->energy ? &*run.cost->energy : nullptr;
}

// Cents matter where a million tokens cost a few of them, and so do seconds of a GPU-hour.
std::string precise(double amount) {
  return std::abs(amount) < 0.1 ? fmt::format("{:.4g}", amount) : format_number(amount);
}

Cell money_cell(const std::optional<double>& amount, const Bill& bill, bool one_currency) {
  if (!amount) {
    return no_cell();
  }
  const std::string text = precise(*amount);
  return {*amount, one_currency ? text : fmt::format("{} {}", text, bill.price.currency)};
}

std::set<std::string> currencies_of(const Subject& subject) {
  std::set<std::string> currencies;
  for (const RunResult& run : subject.results.runs) {
    if (const Bill* bill = bill_of(run)) {
      currencies.insert(bill->price.currency);
    }
  }
  return currencies;
}

// A column of money, in the header's currency where all runs have the same.
class MoneyColumns {
 public:
  explicit MoneyColumns(const std::set<std::string>& currencies)
      : one_currency_(currencies.size() == 1),
        unit_(one_currency_ ? *currencies.begin() : std::string()) {}

  void add(std::vector<RunColumn>& columns, std::string key, std::string title,
           std::function<std::optional<double>(const Bill&)> amount) const {
    columns.push_back({std::move(key), std::move(title), unit_,
                       [amount = std::move(amount), one = one_currency_](const RunResult& run) {
                         const Bill* bill = bill_of(run);
                         return bill == nullptr ? no_cell() : money_cell(amount(*bill), *bill, one);
                       }});
  }

 private:
  bool one_currency_;
  std::string unit_;
};

void add_money(std::vector<RunColumn>& columns, const Subject& subject) {
  const std::set<std::string> currencies = currencies_of(subject);
  if (currencies.empty()) {
    return;
  }
  const MoneyColumns money(currencies);
  money.add(columns, "cost_per_gpu_hour", "a GPU-hour",
            [](const Bill& bill) { return bill.price.gpu_hour; });
  money.add(columns, "cost_per_hour", "all GPUs, an hour",
            [](const Bill& bill) { return bill.per_hour; });
  money.add(columns, "cost_per_million_output_tokens", "a million output tokens, whole bill",
            [](const Bill& bill) { return bill.per_million_output; });
  money.add(columns, "cost_per_million_input_tokens", "a million input tokens, whole bill",
            [](const Bill& bill) { return bill.per_million_input; });
  money.add(columns, "cost_per_million_tokens", "a million tokens of either",
            [](const Bill& bill) { return bill.per_million_all; });
  money.add(columns, "shared_cost_per_million_input_tokens", "a million computed input, its share",
            [](const Bill& bill) { return bill.per_million_computed_input; });
  money.add(columns, "shared_cost_per_million_output_tokens", "a million output, its share",
            [](const Bill& bill) { return bill.per_million_answered; });
  const bool any_saved =
      std::any_of(subject.results.runs.begin(), subject.results.runs.end(), [](const auto& run) {
        const Bill* bill = bill_of(run);
        return bill != nullptr && bill->saved_by_cache > 0;
      });
  if (any_saved) {
    money.add(columns, "cost_saved_by_cache", "saved by the prefix cache",
              [](const Bill& bill) { return bill.saved_by_cache; });
  }
}

RunColumn energy_column(std::string key, std::string title, std::string unit,
                        std::function<std::optional<double>(const EnergyReport&)> value) {
  return {std::move(key), std::move(title), std::move(unit),
          [value = std::move(value)](const RunResult& run) {
            const EnergyReport* energy = energy_of(run);
            return energy == nullptr ? no_cell() : number_cell(value(*energy));
          }};
}

void add_energy(std::vector<RunColumn>& columns, const Subject& subject) {
  const auto& runs = subject.results.runs;
  if (std::none_of(runs.begin(), runs.end(),
                   [](const RunResult& run) { return energy_of(run) != nullptr; })) {
    return;
  }
  columns.push_back(energy_column("joules_per_output_token", "energy of an output token, all of it",
                                  "J",
                                  [](const EnergyReport& e) { return e.joules_per_output_token; }));
  columns.push_back(energy_column("joules_per_token", "energy of a token of either", "J",
                                  [](const EnergyReport& e) { return e.joules_per_token; }));
  columns.push_back(energy_column("mean_watts_per_gpu", "power of a GPU, mean", "W",
                                  [](const EnergyReport& e) { return e.mean_watts; }));
}

std::vector<std::string> in_words(const std::set<std::string>& words) {
  return {words.begin(), words.end()};
}

std::vector<spec::RunSpec> all_pools(const Subject& subject) {
  std::vector<spec::RunSpec> all;
  for (const RunResult& run : subject.results.runs) {
    const std::vector<spec::RunSpec> pools = spec::by_pool(run.spec);
    all.insert(all.end(), pools.begin(), pools.end());
  }
  return all;
}

void add_notes_on_money(std::vector<std::string>& notes, const Subject& subject) {
  std::set<std::string> prices;
  std::set<std::string> without;
  for (const spec::RunSpec& run : all_pools(subject)) {
    if (run.price) {
      prices.insert(fmt::format("{} {} an hour of {} ({})", precise(run.price->gpu_hour),
                                run.price->currency, run.cluster.gpu.name, run.price->as_of));
    } else {
      without.insert(run.cluster.gpu.name);
    }
  }
  if (!prices.empty()) {
    notes.push_back(fmt::format(
        "Prices as the study gives them: {}. Idle time is paid for. Whole bill: all money over "
        "these tokens alone. Share: busy time goes to the tokens computed in each step, each "
        "alike, idle time in the same proportion; what the prefix cache found took no time and "
        "costs nothing.",
        join_words(in_words(prices))));
  }
  if (!without.empty()) {
    notes.push_back(fmt::format(
        "No price for {}: prices: {{as_of: ..., gpu_hour: {{{}: ...}}}} in the study gives costs.",
        join_words(in_words(without)), *without.begin()));
  }
}

void add_notes_on_energy(std::vector<std::string>& notes, const Subject& subject) {
  bool any = false;
  bool idle_at_nothing = false;
  std::set<std::string> without;
  for (const spec::RunSpec& run : all_pools(subject)) {
    if (run.cluster.gpu.tdp) {
      any = true;
      idle_at_nothing = idle_at_nothing || !run.cluster.gpu.idle_power;
    } else {
      without.insert(run.cluster.gpu.name);
    }
  }
  if (any) {
    notes.push_back(fmt::format(
        "Energy (datasheet): GPUs alone, busy time at their thermal design power, which is more "
        "than they draw; {}. No hosts, switches or cooling.",
        idle_at_nothing ? "idle time counts as nothing, which is less, as nobody has measured it"
                        : "idle time at their idle power"));
  }
  if (!without.empty()) {
    notes.push_back(fmt::format("No energy for {}: no thermal design power is known.",
                                join_words(in_words(without))));
  }
}

}  // namespace

Table cost_table(const Subject& subject) {
  std::vector<RunColumn> columns = {
      {"gpu_count", "GPUs", "",
       [](const RunResult& run) { return run.cost ? count_cell(run.cost->gpus) : no_cell(); }},
      {"gpu_hours", "GPU-hours", "", [](const RunResult& run) {
         return run.cost ? Cell{run.cost->gpu_hours, precise(run.cost->gpu_hours)} : no_cell();
       }}};
  add_money(columns, subject);
  add_energy(columns, subject);
  Table table = table_of_runs("Cost and energy", subject, columns);
  const auto& runs = subject.results.runs;
  if (std::none_of(runs.begin(), runs.end(),
                   [](const auto& run) { return run.cost.has_value(); })) {
    table.rows.clear();
    return table;
  }
  add_notes_on_money(table.notes, subject);
  add_notes_on_energy(table.notes, subject);
  return table;
}

}  // namespace kvsim::report
