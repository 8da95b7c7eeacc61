// The layouts behind a plan: the best ones, those that no other beats, and why the rest was
// dropped.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/plan_tables.hpp"
#include "sim/report/plan_words.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using spec::LayoutFate;
using spec::PlanAnswer;
using spec::PlanLayout;
using spec::PlanPoint;

constexpr std::size_t kMostLayouts = 12;  // of a question, in the table
constexpr std::size_t kMostQuestionColumns = 4;

// The smaller the better, as the objective has it; layouts without a point last.
double rank_of(const PlanAnswer& answer, const PlanLayout& layout) {
  const PlanPoint* point = telling_point(layout);
  if (point == nullptr) {
    return std::numeric_limits<double>::infinity();
  }
  if (!spec::is_minimum(answer.plan.objective)) {
    return -point->request_rate;
  }
  return answer.plan.objective == spec::Objective::MinCost && point->cost_per_hour
             ? *point->cost_per_hour
             : static_cast<double>(point->gpus);
}

std::vector<const PlanLayout*> best_first(const PlanAnswer& answer) {
  std::vector<const PlanLayout*> layouts;
  for (const PlanLayout& layout : answer.layouts) {
    layouts.push_back(&layout);
  }
  std::stable_sort(layouts.begin(), layouts.end(), [&](const PlanLayout* a, const PlanLayout* b) {
    return a->fate != b->fate ? a->fate < b->fate : rank_of(answer, *a) < rank_of(answer, *b);
  });
  return layouts;
}

// Names the row: the layout at the size that was simulated, if any was.
Row row_of_layout(const PlanAnswer& answer, const PlanLayout& layout, const std::string& label) {
  const PlanPoint* point = telling_point(layout);
  Row row{.runs = {}, .key = "", .cells = {}};
  row.variant = answer.variant;
  row.cells.push_back(
      text_cell(point == nullptr ? layout_words(layout) : layout_words(layout, point->replicas)));
  if (!label.empty()) {
    row.cells.push_back(text_cell(label));
  }
  row.cells.push_back(point == nullptr ? no_cell() : count_cell(point->gpus));
  return row;
}

std::vector<Column> columns_of_layouts(bool several) {
  std::vector<Column> columns = {{"", "layout", "", true}};
  if (several) {
    columns.push_back({"", "question", "", true});
  }
  columns.push_back({"", "GPUs", ""});
  return columns;
}

// ---- why the others were dropped ------------------------------------------------------------

struct Dropped {
  LayoutFate fate = LayoutFate::Meets;
  std::string rule;
  std::vector<std::int64_t> counts;  ///< by question
  std::int64_t total = 0;
  std::string example;
};

class DroppedLayouts {
 public:
  explicit DroppedLayouts(std::size_t questions) : questions_(questions) {}

  void add(std::size_t question, const PlanLayout& layout) {
    const auto key = std::pair(layout.fate, layout.rule);
    const auto [place, is_new] = places_.try_emplace(key, all_.size());
    if (is_new) {
      all_.push_back({layout.fate, layout.rule, std::vector<std::int64_t>(questions_), 0,
                      fmt::format("{}: {}", layout_words(layout), layout.reason)});
    }
    ++all_[place->second].counts[question];
    ++all_[place->second].total;
  }

  /// The commonest first.
  [[nodiscard]] std::vector<Dropped> take() {
    std::stable_sort(all_.begin(), all_.end(),
                     [](const Dropped& a, const Dropped& b) { return a.total > b.total; });
    return std::move(all_);
  }

 private:
  std::size_t questions_;
  std::vector<Dropped> all_;
  std::map<std::pair<LayoutFate, std::string>, std::size_t> places_;
};

std::string effort_note(const std::vector<PlanAnswer>& plans) {
  std::int64_t layouts = 0;
  std::int64_t unseen = 0;
  std::int64_t simulations = 0;
  std::int64_t requests = 0;
  for (const PlanAnswer& answer : plans) {
    layouts += static_cast<std::int64_t>(answer.layouts.size());
    unseen += std::count_if(answer.layouts.begin(), answer.layouts.end(),
                            [](const PlanLayout& layout) { return layout.points.empty(); });
    simulations += answer.simulations;
    requests += answer.simulated_requests;
  }
  return fmt::format(
      "{} in all, {} decided without a simulation; {} of {} requests together. Refused: no number "
      "of replicas will do. Pruned: a bound says that it cannot be better. Rejected: simulated, "
      "and "
      "it does not do where it would be better. Meets: it does, but is not better.",
      count_words(layouts, "layout"), format_grouped(unseen),
      count_words(simulations, "simulation"), format_grouped(requests));
}

}  // namespace

Table plan_dropped_table(const Subject& subject) {
  const auto& plans = subject.results.plans;
  Table table{.title = "Why layouts were dropped",
              .columns = {{"", "what decided", "", true}, {"", "fate", "", true}},
              .rows = {}};
  table.in_brief = true;
  DroppedLayouts dropped(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    for (const PlanLayout& layout : plans[i].layouts) {
      if (layout.fate != LayoutFate::Winner) {
        dropped.add(i, layout);
      }
    }
  }
  const bool by_question = plans.size() > 1 && plans.size() <= kMostQuestionColumns;
  const auto labels = question_labels(plans);
  for (std::size_t i = 0; by_question && i < plans.size(); ++i) {
    table.columns.push_back({"", labels[i], ""});
  }
  if (!by_question) {
    table.columns.push_back({"", "layouts", ""});
  }
  table.columns.push_back({"", "for example", "", true});
  for (const Dropped& each : dropped.take()) {
    const std::string fate(spec::name_of(each.fate, spec::kLayoutFateNames));
    Row row{.runs = {},
            .key = "",
            .cells = {text_cell(each.rule.empty() ? fate : each.rule), text_cell(fate)}};
    for (std::size_t i = 0; by_question && i < plans.size(); ++i) {
      row.cells.push_back(count_cell(each.counts[i]));
    }
    if (!by_question) {
      row.cells.push_back(count_cell(each.total));
    }
    row.cells.push_back(text_cell(each.example));
    table.rows.push_back(std::move(row));
  }
  table.notes.push_back(effort_note(plans));
  return table;
}

Table plan_front_table(const Subject& subject) {
  const auto& plans = subject.results.plans;
  const bool several = plans.size() > 1;
  const PlanColumns shared(plans);
  Table table{
      .title = "Pareto front of the layouts", .columns = columns_of_layouts(several), .rows = {}};
  table.columns.push_back({"", "on the front", "", true});
  shared.append_to(table.columns);
  const auto labels = question_labels(plans);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    std::vector<const PlanLayout*> layouts = best_first(plans[i]);
    std::erase_if(layouts, [](const PlanLayout* layout) { return !layout->best; });
    std::stable_partition(layouts.begin(), layouts.end(),
                          [](const PlanLayout* layout) { return layout->on_front; });
    for (const PlanLayout* layout : layouts) {
      Row row = row_of_layout(plans[i], *layout, several ? labels[i] : "");
      row.cells.push_back(text_cell(layout->on_front ? "yes" : "no"));
      for (Cell& cell : shared.cells_of(telling_point(*layout))) {
        row.cells.push_back(std::move(cell));
      }
      table.rows.push_back(std::move(row));
    }
  }
  table.notes.push_back(fmt::format(
      "Layouts that were found to do. On the front: no other is at least as good in {}, output per "
      "GPU and tok/s per user, and better in one.",
      shared.has_cost() ? "cost" : "GPUs"));
  return table;
}

Table plan_layout_table(const Subject& subject) {
  const auto& plans = subject.results.plans;
  const bool several = plans.size() > 1;
  const PlanColumns shared(plans);
  Table table{
      .title = "Layouts, the best first", .columns = columns_of_layouts(several), .rows = {}};
  table.columns.push_back({"", "fate", "", true});
  shared.append_to(table.columns);
  table.columns.push_back({"", "at least, by the bound", "replicas"});
  table.columns.push_back({"", "why not", "", true});
  const auto labels = question_labels(plans);
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const std::vector<const PlanLayout*> layouts = best_first(plans[i]);
    const std::size_t shown = std::min(layouts.size(), kMostLayouts);
    left_out += layouts.size() - shown;
    for (std::size_t k = 0; k < shown; ++k) {
      const PlanLayout& layout = *layouts[k];
      Row row = row_of_layout(plans[i], layout, several ? labels[i] : "");
      row.cells.push_back(
          text_cell(std::string(spec::name_of(layout.fate, spec::kLayoutFateNames))));
      for (Cell& cell : shared.cells_of(telling_point(layout))) {
        row.cells.push_back(std::move(cell));
      }
      row.cells.push_back(layout.least_replicas > 0 ? count_cell(layout.least_replicas)
                                                    : no_cell());
      row.cells.push_back(layout.reason.empty() ? no_cell() : text_cell(layout.reason));
      table.rows.push_back(std::move(row));
    }
  }
  if (left_out > 0) {
    table.notes.push_back(fmt::format("{} more in candidates.csv, which has every layout.",
                                      format_grouped(static_cast<std::int64_t>(left_out))));
  }
  return table;
}

}  // namespace kvsim::report
