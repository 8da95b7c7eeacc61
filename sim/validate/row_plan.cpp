#include "sim/validate/row_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>

#include "sim/base/diagnostic.hpp"
#include "sim/base/spelling.hpp"

namespace kvsim::validate {
namespace {

using spec::MappedKey;
using spec::MeasuredMap;
using spec::RowConditions;

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  const bool whole = result.ec == std::errc() && result.ptr == end && std::isfinite(value);
  return whole ? std::optional(value) : std::nullopt;
}

// One row of the table, field by name.
class Row {
 public:
  Row(const Table& table, std::size_t index) : table_(table), fields_(table.rows[index]) {}

  [[nodiscard]] const std::string& at(const std::string& column) const {
    const auto found = std::find(table_.columns.begin(), table_.columns.end(), column);
    return fields_[static_cast<std::size_t>(found - table_.columns.begin())];
  }
  [[nodiscard]] bool holds(const RowConditions& conditions) const {
    return std::all_of(conditions.begin(), conditions.end(), [&](const auto& condition) {
      const std::string& field = at(condition.column);
      const bool found = std::find(condition.values.begin(), condition.values.end(), field) !=
                         condition.values.end();
      return found != condition.none_of_them;
    });
  }

 private:
  const Table& table_;
  const std::vector<std::string>& fields_;
};

void add_columns(std::set<std::string>& all, const RowConditions& conditions) {
  for (const spec::RowCondition& condition : conditions) {
    all.insert(condition.column);
  }
}

void add_columns(std::set<std::string>& all, const std::vector<MappedKey>& keys) {
  for (const MappedKey& key : keys) {
    for (const std::string& column : {key.column, key.per}) {
      if (!column.empty()) {
        all.insert(column);
      }
    }
  }
}

std::set<std::string> columns_of(const MeasuredMap& map) {
  std::set<std::string> all(map.group_by.begin(), map.group_by.end());
  if (!map.row.empty()) {
    all.insert(map.row);
  }
  for (const spec::MeasuredMetric& metric : map.measured) {
    all.insert(metric.column);
  }
  add_columns(all, map.set);
  for (const spec::RowRule& rule : map.rules) {
    add_columns(all, rule.when);
    add_columns(all, rule.set);
  }
  for (const spec::HostFitRows& fitted : map.host_fit) {
    add_columns(all, fitted.when);
  }
  for (const spec::ValidationTarget& target : map.targets) {
    add_columns(all, target.when);
  }
  for (const spec::KnownCause& cause : map.causes) {
    add_columns(all, cause.when);
  }
  return all;
}

bool has(const std::vector<std::string>& columns, const std::string& column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

void require_columns(const MeasuredMap& map, const Table& table) {
  std::vector<Diagnostic> faults;
  for (const std::string& column : columns_of(map)) {
    if (has(table.columns, column)) {
      continue;
    }
    Diagnostic fault;
    fault.place = {table.file, 1, 0};
    fault.message =
        fmt::format("the table has no column '{}', which the map '{}' names", column, map.name);
    if (const auto guess = nearest_word(column, table.columns)) {
      fault.notes.push_back(fmt::format("did you mean '{}'?", *guess));
    }
    faults.push_back(std::move(fault));
  }
  if (!faults.empty()) {
    throw ConfigError(std::move(faults));
  }
}

// The row's values of a map's keys, later rules over earlier ones.
class KeyValues {
 public:
  explicit KeyValues(const Row& row) : row_(row) {}

  void apply(const std::vector<MappedKey>& keys) {
    for (const MappedKey& key : keys) {
      std::optional<std::string> value = value_of(key);
      if (value) {
        put(key.key, std::move(*value));
      }
    }
  }
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] std::string take(const std::string& key) {
    const auto found = find(key);
    if (found == values_.end()) {
      return {};
    }
    std::string value = std::move(found->second);
    values_.erase(found);
    return value;
  }
  void put(const std::string& key, std::string value) {
    const auto known = find(key);
    if (known == values_.end()) {
      values_.emplace_back(key, std::move(value));
    } else {
      known->second = std::move(value);
    }
  }
  [[nodiscard]] bool has_below(std::string_view prefix) const {
    return std::any_of(values_.begin(), values_.end(),
                       [&](const auto& each) { return each.first.starts_with(prefix); });
  }
  [[nodiscard]] std::vector<std::string> sets() const {
    std::vector<std::string> all;
    for (const auto& [key, value] : values_) {
      all.push_back(fmt::format("{}={}", key, value));
    }
    return all;
  }

 private:
  using Values = std::vector<std::pair<std::string, std::string>>;

  [[nodiscard]] Values::iterator find(const std::string& key) {
    return std::find_if(values_.begin(), values_.end(),
                        [&](const auto& each) { return each.first == key; });
  }
  void complain(std::string problem) {
    if (problem_.empty()) {
      problem_ = std::move(problem);
    }
  }
  [[nodiscard]] std::optional<std::string> value_of(const MappedKey& key) {
    if (key.column.empty()) {
      return key.value;
    }
    const std::string& field = row_.at(key.column);
    if (!key.as.empty()) {
      return translated(key, field);
    }
    if (field.empty()) {
      complain(fmt::format("'{}' is empty, so {} is not known", key.column, key.key));
      return std::nullopt;
    }
    return key.times || !key.per.empty() ? scaled(key, field) : field + key.unit;
  }
  [[nodiscard]] std::optional<std::string> translated(const MappedKey& key,
                                                      const std::string& field) {
    const auto word = std::find_if(key.as.begin(), key.as.end(),
                                   [&](const auto& each) { return each.first == field; });
    if (word == key.as.end()) {
      complain(fmt::format("the map has no word for {} '{}'", key.column, field));
      return std::nullopt;
    }
    return word->second;
  }
  [[nodiscard]] std::optional<std::string> scaled(const MappedKey& key, const std::string& field) {
    const std::optional<double> number = number_of(field);
    if (!number) {
      complain(fmt::format("'{}' in column '{}' is no number", field, key.column));
      return std::nullopt;
    }
    if (!key.per.empty()) {
      const std::optional<double> per = number_of(row_.at(key.per));
      if (!per || *per <= 0) {
        complain(fmt::format("'{}' is no number above zero", key.per));
        return std::nullopt;
      }
      return fmt::format("{:.0f}", *number / *per);
    }
    constexpr double kRounding = 1e-9;  // 0.8 · 1280 is 1024 and not a little less
    return fmt::format("{:.0f}", std::floor(*number * *key.times * (1 + kRounding)));
  }

  const Row& row_;
  Values values_;
  std::string problem_;
};

// What stands in the study before it is told its workload: all of it has to go.
void make_room(std::vector<std::string>& sets, const KeyValues& values) {
  if (values.has_below("workload.closed_loop") || values.has_below("workload.trace")) {
    sets.emplace_back("workload.arrivals=null");
  }
  if (values.has_below("workload.trace")) {
    sets.emplace_back("workload.lengths=null");
    sets.emplace_back("workload.num_requests=null");
  }
  for (const std::string_view length : {"prompt", "output"}) {
    if (values.has_below(fmt::format("workload.lengths.{}.", length))) {
      sets.push_back(fmt::format("workload.lengths.{}.fixed=null", length));
    }
  }
}

void add_measured(RowPlan& plan, const MeasuredMap& map, const Row& row) {
  for (const spec::MeasuredMetric& metric : map.measured) {
    const std::optional<double> value = number_of(row.at(metric.column));
    if (value && *value > 0) {
      plan.measured.push_back({metric.metric, *value * metric.times});
    }
  }
  if (plan.measured.empty() && plan.skip.empty()) {
    plan.skip = "the row has no measured value";
  }
}

// A trace lies beside the table.
void add_keys(RowPlan& plan, const MeasuredMap& map, const Row& row, const std::string& file) {
  KeyValues values(row);
  values.apply(map.set);
  for (const spec::RowRule& rule : map.rules) {
    if (!row.holds(rule.when)) {
      continue;
    }
    if (!rule.skip.empty()) {
      plan.skip = rule.skip;
      return;
    }
    values.apply(rule.set);
  }
  plan.skip = values.problem();
  plan.model = values.take("model");
  plan.gpu = values.take("cluster.gpu");
  plan.profile = values.take("engine.profile");
  if (const std::string trace = values.take("workload.trace"); !trace.empty()) {
    values.put("workload.trace", (std::filesystem::path(file).parent_path() / trace).string());
  }
  make_room(plan.sets, values);
  const std::vector<std::string> sets = values.sets();
  plan.sets.insert(plan.sets.end(), sets.begin(), sets.end());
}

RowPlan plan_row(const MeasuredMap& map, const Table& table, std::size_t index) {
  const Row row(table, index);
  RowPlan plan;
  plan.line = static_cast<int>(index) + 2;
  plan.id = map.row.empty() ? fmt::format("line {}", plan.line) : row.at(map.row);
  for (const std::string& column : map.group_by) {
    plan.labels.emplace_back(column, row.at(column));
  }
  add_keys(plan, map, row, table.file);
  add_measured(plan, map, row);
  for (const spec::ValidationTarget& target : map.targets) {
    if (row.holds(target.when)) {
      plan.targets.push_back(target.name);
    }
  }
  for (std::size_t i = 0; i < map.causes.size(); ++i) {
    if (row.holds(map.causes[i].when)) {
      plan.causes.push_back(i);
    }
  }
  for (const spec::HostFitRows& fitted : map.host_fit) {
    if (row.holds(fitted.when)) {
      plan.fitted = fitted.stack;
    }
  }
  return plan;
}

}  // namespace

bool fits(const MeasuredMap& map, const std::vector<std::string>& columns) {
  const std::set<std::string> needed = columns_of(map);
  return std::all_of(needed.begin(), needed.end(),
                     [&](const std::string& column) { return has(columns, column); });
}

std::vector<RowPlan> plan_rows(const MeasuredMap& map, const Table& table) {
  require_columns(map, table);
  std::vector<RowPlan> plans;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    plans.push_back(plan_row(map, table, i));
  }
  return plans;
}

}  // namespace kvsim::validate
