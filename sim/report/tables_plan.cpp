// What a planner found: the answers, what would change them, and how to start the winners.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/plan_tables.hpp"
#include "sim/report/plan_words.hpp"
#include "sim/report/serve_command.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using spec::PlanAnswer;
using spec::PlanPoint;
using spec::PlanSensitivity;

constexpr std::size_t kMostInBrief = 3;  // commands that a terminal shows

const PlanPoint* nearest_point(const PlanAnswer& answer) {
  return answer.miss && answer.miss->point
             ? &answer.layouts.at(answer.miss->layout).points.at(*answer.miss->point)
             : nullptr;
}

// Without a plan: of the layout that came nearest.
const PlanPoint* point_of(const PlanAnswer& answer) {
  const PlanPoint* point = winning_point(answer);
  return point != nullptr ? point : nearest_point(answer);
}

const spec::PlanLayout* layout_of(const PlanAnswer& answer) {
  const spec::PlanLayout* winner = winner_of(answer);
  return winner == nullptr && answer.miss ? &answer.layouts.at(answer.miss->layout) : winner;
}

// Short cells, so that questions stand beside each other on a terminal and on a phone.
std::vector<Cell> answer_cells(const PlanAnswer& answer, const PlanColumns& columns) {
  const PlanPoint* point = point_of(answer);
  const spec::PlanLayout* layout = layout_of(answer);
  std::vector<Cell> cells = {winning_point(answer) != nullptr ? count_cell(point->gpus)
                                                              : Cell{std::monostate(), "no plan"}};
  if (layout == nullptr) {
    cells.insert(cells.end(), 3, no_cell());
  } else {
    const std::string parallel = parallel_words(*layout);
    const std::string settings = setting_words(*layout);
    cells.push_back(text_cell(layout->gpu));
    cells.push_back(
        text_cell(point == nullptr ? parallel : fmt::format("{} × {}", point->replicas, parallel)));
    cells.push_back(settings.empty() ? no_cell() : text_cell(settings));
  }
  for (Cell& cell : columns.cells_of(point)) {
    cells.push_back(std::move(cell));
  }
  return cells;
}

// "+16", "-8", "0"
Cell change_cell(std::int64_t before, std::int64_t now) {
  const std::int64_t change = now - before;
  return {change, change > 0 ? "+" + format_grouped(change) : format_grouped(change)};
}

// ---- sensitivity ----------------------------------------------------------------------------

class SensitivityRows {
 public:
  SensitivityRows(Table& table, const PlanAnswer& answer, std::string label)
      : table_(table), answer_(answer), label_(std::move(label)), base_(*winning_point(answer)) {}

  void add_all() {
    add("as the study says", size_cells(base_.replicas, base_.gpus, base_.request_rate));
    for (const PlanSensitivity& each : answer_.sensitivity) {
      add(each.change, cells_of(each));
    }
    if (answer_.draws.draws > 0) {
      add(fmt::format("kernel times and arrivals drawn anew, {} times", answer_.draws.draws),
          cells_of(answer_.draws));
    }
  }

 private:
  [[nodiscard]] bool is_minimum() const { return spec::is_minimum(answer_.plan.objective); }

  void add(const std::string& change, std::vector<Cell> cells) {
    Row row{.runs = {}, .key = "", .cells = {text_cell(change)}};
    row.variant = answer_.variant;
    if (!label_.empty()) {
      row.cells.push_back(text_cell(label_));
    }
    for (Cell& cell : cells) {
      row.cells.push_back(std::move(cell));
    }
    table_.rows.push_back(std::move(row));
  }

  [[nodiscard]] std::vector<Cell> size_cells(std::int64_t replicas, std::int64_t gpus,
                                             double rate) const {
    if (is_minimum()) {
      return {count_cell(replicas), count_cell(gpus), change_cell(base_.gpus, gpus)};
    }
    const double change = base_.request_rate > 0 ? rate / base_.request_rate - 1 : 0;
    return {number_cell(rate), {change, fmt::format("{:+.1f} %", 100 * change)}};
  }

  [[nodiscard]] std::vector<Cell> cells_of(const PlanSensitivity& each) const {
    if (!is_minimum()) {
      return size_cells(0, 0, each.request_rate);
    }
    if (each.replicas && each.gpus) {
      return size_cells(*each.replicas, *each.gpus, 0);
    }
    return {no_cell(),
            {std::monostate(), "more than " + format_grouped(answer_.plan.max_gpus)},
            no_cell()};
  }

  // The interval as words: it is no number to sort by.
  [[nodiscard]] std::vector<Cell> cells_of(const spec::PlanDraws& draws) const {
    const auto range = [&](double factor) {
      const std::string low = fmt::format("{:.4g}", factor * draws.low);
      return std::isfinite(draws.high) ? fmt::format("{} to {:.4g}", low, factor * draws.high)
                                       : fmt::format("{} or more", low);
    };
    const double per_replica = static_cast<double>(winner_of(answer_)->gpus_per_replica);
    std::vector<Cell> cells = {{std::monostate(), range(1)}};
    if (is_minimum()) {
      cells.push_back({std::monostate(), range(per_replica)});
    }
    cells.push_back(no_cell());
    return cells;
  }

  Table& table_;
  const PlanAnswer& answer_;
  std::string label_;
  const PlanPoint& base_;
};

// Questions under what is said of them, in the order of the first.
struct ByWords {
  std::vector<std::pair<std::string, std::vector<std::string>>> all;

  void add(const std::string& words, const std::string& label) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const auto& entry) { return entry.first == words; });
    if (found == all.end()) {
      all.push_back({words, {label}});
    } else {
      found->second.push_back(label);
    }
  }
};

bool has_sensitivity(const PlanAnswer& answer) {
  return winning_point(answer) != nullptr &&
         (!answer.sensitivity.empty() || answer.draws.draws > 0);
}

void add_draws_note(Table& table, const PlanAnswer& answer, const std::string& label) {
  const spec::PlanDraws& draws = answer.draws;
  if (draws.draws == 0 || winning_point(answer) == nullptr) {
    return;
  }
  const bool fewest = spec::is_minimum(answer.plan.objective);
  const bool has_less = answer.below || draws.meet_below > 0;
  table.notes.push_back(fmt::format(
      "{}{} of {} draws meet the limits with the plan as it is{}. Between the two numbers lie {} "
      "of what the draws would take.",
      label.empty() ? "" : label + ": ", draws.meet, draws.draws,
      has_less ? fmt::format(", {} {}", draws.meet_below,
                             fewest ? "with one replica less" : "with a little more load")
               : "",
      confidence_words(answer.plan)));
}

}  // namespace

Table plan_table(const Subject& subject) {
  const auto& plans = subject.results.plans;
  Table table{.title = "The plan", .columns = {{"", "question", "", true}}, .rows = {}};
  if (plans.empty()) {
    return table;
  }
  const auto labels = question_labels(plans);
  const PlanColumns columns(plans, true);
  table.may_turn = true;
  table.in_brief = true;
  for (const char* title : {"GPUs", "GPU", "replicas", "settings"}) {
    table.columns.push_back({"", title, ""});
  }
  columns.append_to(table.columns);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    Row row{.runs = {}, .key = "", .cells = {text_cell(labels[i])}};
    row.variant = plans[i].variant;
    for (Cell& cell : answer_cells(plans[i], columns)) {
      row.cells.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(fmt::format(
      "Intervals: where the latency lies with {} confidence, for this study's arrivals and the "
      "cards as they are.{}",
      confidence_words(plans.front().plan),
      std::all_of(plans.begin(), plans.end(),
                  [](const PlanAnswer& answer) { return winning_point(answer) != nullptr; })
          ? ""
          : " Without a plan: of the layout that came nearest."));
  return table;
}

Table plan_sensitivity_table(const Subject& subject) {
  const auto& plans = subject.results.plans;
  Table table{.title = "What would change it", .columns = {{"", "change", "", true}}, .rows = {}};
  if (std::none_of(plans.begin(), plans.end(), has_sensitivity)) {
    return table;
  }
  const auto labels = question_labels(plans);
  const bool several = plans.size() > 1;
  table.in_brief = !several;
  if (several) {
    table.columns.push_back({"", "question", "", true});
  }
  if (spec::is_minimum(plans.front().plan.objective)) {
    table.columns.insert(table.columns.end(),
                         {{"", "replicas", ""}, {"", "GPUs", ""}, {"", "change", ""}});
  } else {
    table.columns.insert(table.columns.end(), {{"", "requests", "1/s"}, {"", "change", ""}});
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (has_sensitivity(plans[i])) {
      const std::string label = several ? labels[i] : "";
      SensitivityRows(table, plans[i], label).add_all();
      add_draws_note(table, plans[i], label);
    }
  }
  table.notes.emplace_back("Of the plan's own layout: another one might be better then.");
  return table;
}

Table plan_command_table(const Subject& subject) {
  const auto& plans = subject.results.plans;
  Table table{.title = "How to start it",
              .columns = {{"", "question", "", true}, {"", "command", "", true}},
              .rows = {}};
  table.is_code = true;
  ByWords commands;
  ByWords notes;
  const auto labels = question_labels(plans);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (!plans[i].run || winning_point(plans[i]) == nullptr) {
      continue;
    }
    const ServeCommand command = serve_command(*plans[i].run);
    commands.add(command.lines(), labels[i]);
    for (const std::string& note : command.notes) {
      notes.add(note, labels[i]);
    }
  }
  for (const auto& [lines, whose] : commands.all) {
    table.rows.push_back({{}, "", {text_cell(join_words(whose)), text_cell(lines)}});
  }
  for (const auto& [note, whose] : notes.all) {
    const bool of_all = whose.size() == plans.size();
    table.notes.push_back(of_all ? note : fmt::format("{}: {}", join_words(whose), note));
  }
  table.in_brief = table.rows.size() <= kMostInBrief;
  return table;
}

}  // namespace kvsim::report
