#include "sim/validate/judgement.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/base/statistics.hpp"

namespace kvsim::validate {
namespace {

using Rows = std::vector<const Comparison*>;

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> ratios_of(const Rows& rows) {
  std::vector<double> ratios;
  for (const Comparison* row : rows) {
    ratios.push_back(row->predicted / row->measured);
  }
  return ratios;
}

std::optional<Errors> mean_field_of(const Rows& rows) {
  std::vector<double> ratios;
  for (const Comparison* row : rows) {
    if (row->mean_field) {
      ratios.push_back(*row->mean_field / row->measured);
    }
  }
  return ratios.empty() ? std::nullopt : std::optional(errors_of(ratios));
}

std::optional<Coverage> coverage_of(const Rows& rows) {
  Coverage coverage;
  std::vector<double> widths;
  for (const Comparison* row : rows) {
    if (row->interval) {
      const auto [low, high] = *row->interval;
      coverage.share += low <= row->measured && row->measured <= high ? 1 : 0;
      widths.push_back((high - low) / 2 / row->predicted);
    }
  }
  if (widths.empty()) {
    return std::nullopt;
  }
  std::sort(widths.begin(), widths.end());
  coverage.n = widths.size();
  coverage.share /= static_cast<double>(widths.size());
  coverage.median_half_width = percentile(widths, 50);
  return coverage;
}

Group group_of(std::string by, std::string name, const std::string& metric, const Rows& rows) {
  return {std::move(by),       std::move(name),  metric, errors_of(ratios_of(rows)),
          mean_field_of(rows), coverage_of(rows)};
}

std::string label(const Comparison& row, const std::string& column) {
  const auto found = std::find_if(row.labels.begin(), row.labels.end(),
                                  [&](const auto& each) { return each.first == column; });
  return found == row.labels.end() ? std::string() : found->second;
}

std::string joined_label(const Comparison& row, const std::vector<std::string>& columns) {
  std::vector<std::string> values;
  for (const std::string& column : columns) {
    values.push_back(label(row, column));
  }
  return fmt::format("{}", fmt::join(values, ", "));
}

// In the order in which the names first appear.
void add_groups_by(std::vector<Group>& groups, const std::vector<std::string>& columns,
                   const std::string& metric, const Rows& rows) {
  std::vector<std::pair<std::string, Rows>> parts;
  for (const Comparison* row : rows) {
    const std::string name = joined_label(*row, columns);
    auto part = std::find_if(parts.begin(), parts.end(),
                             [&](const auto& each) { return each.first == name; });
    if (part == parts.end()) {
      part = parts.insert(parts.end(), {name, {}});
    }
    part->second.push_back(row);
  }
  for (const auto& [name, part] : parts) {
    groups.push_back(group_of(fmt::format("{}", fmt::join(columns, " x ")), name, metric, part));
  }
}

Rows counted(const std::vector<Comparison>& all, const std::string& metric) {
  Rows rows;
  for (const Comparison& row : all) {
    if (row.metric == metric && row.fitted.empty()) {
      rows.push_back(&row);
    }
  }
  return rows;
}

void add_target(Judgement& judgement, const spec::ValidationTarget& target) {
  Rows rows = counted(judgement.rows, target.metric);
  std::erase_if(rows, [&](const Comparison* row) {
    return std::find(row->targets.begin(), row->targets.end(), target.name) == row->targets.end();
  });
  if (rows.empty()) {
    return;
  }
  Group group = group_of("target", target.name, target.metric, rows);
  const bool met = group.errors.median_ape <= target.median &&
                   (!target.p90 || group.errors.p90_ape <= *target.p90);
  judgement.targets.push_back({target, std::move(group), met});
}

void add_cause(Judgement& judgement, const spec::KnownCause& cause, std::size_t index) {
  Rows rows = counted(judgement.rows, cause.metric);
  std::erase_if(rows, [&](const Comparison* row) {
    return std::find(row->causes.begin(), row->causes.end(), index) == row->causes.end();
  });
  if (!rows.empty()) {
    judgement.causes.push_back(group_of("cause", cause.text, cause.metric, rows));
  }
}

}  // namespace

Errors errors_of(const std::vector<double>& ratios) {
  Errors errors;
  errors.n = ratios.size();
  if (ratios.empty()) {
    return errors;
  }
  std::vector<double> absolute;
  for (const double ratio : ratios) {
    absolute.push_back(std::abs(ratio - 1));
  }
  std::sort(absolute.begin(), absolute.end());
  errors.median_ape = percentile(absolute, 50);
  errors.p90_ape = percentile(absolute, 90);
  errors.mean_ape = mean(absolute);
  errors.bias = mean(ratios) - 1;
  return errors;
}

void judge(Judgement& judgement, const spec::MeasuredMap& map) {
  for (const spec::MeasuredMetric& metric : map.measured) {
    const Rows rows = counted(judgement.rows, metric.metric);
    if (rows.empty()) {
      continue;
    }
    judgement.groups.push_back(group_of("all", "all", metric.metric, rows));
    for (const std::string& column : map.group_by) {
      add_groups_by(judgement.groups, {column}, metric.metric, rows);
    }
    if (map.group_by.size() > 1) {
      add_groups_by(judgement.groups, map.group_by, metric.metric, rows);
    }
  }
  for (const spec::ValidationTarget& target : map.targets) {
    add_target(judgement, target);
  }
  for (std::size_t i = 0; i < map.causes.size(); ++i) {
    add_cause(judgement, map.causes[i], i);
  }
}

}  // namespace kvsim::validate
