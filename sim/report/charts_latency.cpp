#include <fmt/format.h>

#include <algorithm>

#include "sim/report/cells.hpp"
#include "sim/report/chart_parts.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/slo.hpp"

namespace kvsim::report {
namespace {

using spec::LatencySummary;
using spec::RunMetrics;
using spec::RunResult;

Json percentile_rows(const Subject& subject, LatencySummary RunMetrics::*member) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    const LatencySummary& summary = subject.results.runs[i].metrics.*member;
    Json row = row_of(subject, i);
    for (const spec::PercentilePoint& point : summary.percentiles) {
      row[percentile_key(point.percent)] = json_number(point.ms);
    }
    if (!summary.percentiles.empty()) {
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

Json distribution_layers(const Subject& subject, const Limits& limits) {
  const Json tips = tooltip({{"run", "run"},
                             {"p1", "p1 (ms)"},
                             {"p25", "p25 (ms)"},
                             {"p50", "median (ms)"},
                             {"p75", "p75 (ms)"},
                             {"p95", "p95 (ms)"},
                             {"p99", "p99 (ms)"},
                             {"p99_9", "p99.9 (ms)"},
                             {"stability", "stability"}});
  Json layers = {mark({{"type", "rule"}, {"strokeWidth", 1.5}}, {{"x2", {{"field", "p99_9"}}}}),
                 mark({{"type", "bar"}, {"height", 10}, {"cornerRadius", 2}},
                      {{"x", {{"field", "p25"}, {"type", "quantitative"}}},
                       {"x2", {{"field", "p75"}}},
                       {"tooltip", tips}}),
                 mark({{"type", "tick"}, {"thickness", 2}, {"size", 10}, {"color", "var(--page)"}},
                      {{"x", {{"field", "p50"}, {"type", "quantitative"}}}, {"color", nullptr}}),
                 mark({{"type", "point"}, {"filled", true}, {"size", 60}, {"opacity", 1}},
                      {{"x", {{"field", "p99"}, {"type", "quantitative"}}},
                       {"shape", shape_of_stability(subject)},
                       {"tooltip", tips}})};
  if (!limits.rows.empty()) {
    layers.push_back(limit_layer(limits, "x"));
  }
  return layers;
}

}  // namespace

Limits limits_on(const Subject& subject, std::string_view metric) {
  Limits limits;
  for (const RunResult& run : subject.results.runs) {
    for (const LimitCheck& check : check_limits(run)) {
      const std::string words =
          fmt::format("{} limit {}", limit_name(check), format_ms(check.limit_ms));
      if (check.metric == metric &&
          std::find(limits.words.begin(), limits.words.end(), words) == limits.words.end()) {
        limits.rows.push_back({{"limit", json_number(check.limit_ms)}, {"name", words}});
        limits.words.push_back(words);
      }
    }
  }
  return limits;
}

Json latency_axis(const Json& rows, const char* field, const std::string& title) {
  const bool positive = std::all_of(rows.begin(), rows.end(),
                                    [&](const Json& row) { return row.value(field, 0.0) > 0; });
  Json axis = quantity(field, positive ? title + ", logarithmic" : title);
  axis["scale"] = {{"type", positive ? "log" : "linear"}, {"nice", false}, {"padding", 8}};
  axis["axis"] = {
      {"labelExpr", "datum.value >= 1000 ? datum.value / 1000 + ' s' : datum.value + ' ms'"},
      {"labelOverlap", "greedy"},
      {"labelSeparation", 8},
      {"labelBound", true},
      {"gridOpacity", 0.4}};
  return axis;
}

Json limit_layer(const Limits& limits, const char* axis) {
  Json rule = mark({{"type", "rule"}, {"strokeDash", {5, 4}}, {"color", "var(--ink)"}},
                   {{axis, {{"field", "limit"}, {"type", "quantitative"}}},
                    {axis == std::string_view("x") ? "y" : "x", nullptr},
                    {"color", nullptr},
                    {"tooltip", {{"field", "name"}, {"type", "nominal"}}}});
  rule["data"] = {{"values", limits.rows}};
  return rule;
}

std::optional<Chart> distribution_chart(const Subject& subject, const char* metric,
                                        const std::string& name,
                                        LatencySummary RunMetrics::*member) {
  Json rows = percentile_rows(subject, member);
  if (rows.empty()) {
    return std::nullopt;
  }
  const Limits limits = limits_on(subject, metric);
  Json colours = colour_of_variant(subject);
  colours["legend"] = nullptr;  // the rows are named
  std::string hint =
      "Line: p1 to p99.9 of the requests; bar: the middle half; gap in it: median; symbol: p99.";
  if (!limits.words.empty()) {
    hint += fmt::format(" Dashed: {}.", join_words(limits.words));
  }
  return chart(name + " distribution", std::move(hint),
               {{"height", {{"step", kRowHeight}}},
                {"encoding",
                 {{"y", rows_of("run")},
                  {"x", latency_axis(rows, "p1", name)},
                  {"color", std::move(colours)}}},
                {"layer", distribution_layers(subject, limits)}},
               std::move(rows));
}

}  // namespace kvsim::report
