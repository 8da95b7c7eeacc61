#include "sim/report/plan_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/report/cells.hpp"
#include "sim/report/plan_words.hpp"

namespace kvsim::report {
namespace {

using spec::Objective;
using spec::PlanAnswer;
using spec::PlanPoint;

Cell money_cell(const std::optional<double>& amount, const std::string& currency) {
  return amount ? Cell{*amount, money_words(*amount, currency)} : no_cell();
}

}  // namespace

PlanColumns::PlanColumns(const std::vector<PlanAnswer>& plans, bool intervals)
    : intervals_(intervals) {
  for (const PlanAnswer& answer : plans) {
    goodput_ = goodput_ || answer.plan.objective == Objective::MaxGoodput;
    maximum_ = maximum_ || !spec::is_minimum(answer.plan.objective);
    currency_ = currency_.empty() ? currency_of(answer) : currency_;
    for (const spec::PlanLayout& layout : answer.layouts) {
      for (const PlanPoint& point : layout.points) {
        cost_ = cost_ || point.cost_per_hour.has_value();
        for (const spec::PlanLimit& limit : point.limits) {
          if (std::find(metrics_.begin(), metrics_.end(), limit.metric) == metrics_.end()) {
            metrics_.push_back(limit.metric);
          }
        }
      }
    }
  }
}

void PlanColumns::append_to(std::vector<Column>& columns) const {
  if (maximum_) {
    columns.push_back({"", "requests", "1/s"});
  }
  for (const std::string& metric : metrics_) {
    columns.push_back({"", metric_name(metric), ""});
    if (intervals_) {
      columns.push_back({"", metric_name(metric) + ", interval", ""});
    }
  }
  if (goodput_) {
    columns.push_back({"", "within every limit", ""});
  }
  columns.push_back({"", "KV peak", ""});
  columns.push_back({"", "bound by", "", true});
  columns.push_back({"", "output per GPU", "tok/s"});
  columns.push_back({"", "per user", "tok/s"});
  if (cost_) {
    columns.push_back({"", "per hour", ""});
    columns.push_back({"", "per M output tokens", ""});
  }
}

// Of an overloaded run a latency says nothing.
void PlanColumns::add_limit(std::vector<Cell>& cells, const PlanPoint& point,
                            const std::string& metric) const {
  const auto found = std::find_if(point.limits.begin(), point.limits.end(),
                                  [&](const auto& limit) { return limit.metric == metric; });
  const bool told = found != point.limits.end() && !point.overloaded;
  if (told) {
    cells.push_back({found->value_ms, of_limit(*found)});
  } else {
    cells.push_back({std::monostate(), point.overloaded ? "overloaded" : no_cell().text});
  }
  if (intervals_) {
    cells.push_back(told ? Cell{std::monostate(), interval_words(*found)} : no_cell());
  }
}

std::vector<Cell> PlanColumns::cells_of(const PlanPoint* point) const {
  if (point == nullptr) {
    std::vector<Column> columns;
    append_to(columns);
    return std::vector<Cell>(columns.size(), no_cell());
  }
  std::vector<Cell> cells;
  if (maximum_) {
    cells.push_back(number_cell(point->request_rate));
  }
  for (const std::string& metric : metrics_) {
    add_limit(cells, *point, metric);
  }
  if (goodput_) {
    cells.push_back(percent_cell(point->attainment));
  }
  cells.push_back(percent_cell(point->kv_cache_usage_max));
  cells.push_back(point->bound_by.empty() ? no_cell() : text_cell(point->bound_by));
  cells.push_back(number_cell(point->tokens_per_gpu));
  cells.push_back(number_cell(point->interactivity));
  if (cost_) {
    cells.push_back(money_cell(point->cost_per_hour, currency_));
    cells.push_back(money_cell(point->cost_per_million_output, currency_));
  }
  return cells;
}

}  // namespace kvsim::report
