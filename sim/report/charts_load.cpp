// Latency against the load that is offered: where a limit is crossed.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/report/chart_parts.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/ranges.hpp"

namespace kvsim::report {
namespace {

using spec::LatencySummary;
using spec::RunMetrics;
using spec::RunResult;

constexpr int kLoadHeight = 260;

struct Metric {
  const char* key;   ///< in slo
  const char* name;  ///< to a reader
  const char* p99;   ///< in result.json
  LatencySummary RunMetrics::*summary;
};

Json rows_of_runs(const Subject& subject, const Metric& metric) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    const RunResult& run = subject.results.runs[i];
    const LatencySummary& summary = run.metrics.*metric.summary;
    const auto load = load_of(run.spec);
    if (!load || summary.count == 0) {
      continue;
    }
    Json row = row_of(subject, i);
    row["load"] = json_number(load->value);
    row["p99"] = json_number(summary.p99);
    row["median"] = json_number(summary.median);
    if (const auto range = range_of(run, metric.p99)) {
      row["low"] = json_number(range->low);
      row["high"] = json_number(range->high);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

bool loads_differ(const Json& rows) {
  std::set<double> loads;
  for (const Json& row : rows) {
    loads.insert(row["load"].get<double>());
  }
  return loads.size() > 1;
}

std::string unit_of_load(const Subject& subject) {
  for (const RunResult& run : subject.results.runs) {
    if (const auto load = load_of(run.spec)) {
      return load_unit(*load);
    }
  }
  return "load";
}

Json layers_of(const Subject& subject, const Json& rows, const Limits& limits) {
  const Json line = mark({{"type", "line"}, {"strokeWidth", 1.5}}, Json::object());
  const Json points = mark({{"type", "point"}, {"filled", true}, {"size", 70}, {"opacity", 1}},
                           {{"shape", shape_of_stability(subject)},
                            {"tooltip", tooltip({{"run", "run"},
                                                 {"load", "load"},
                                                 {"p99", "p99 (ms)"},
                                                 {"median", "median (ms)"},
                                                 {"stability", "stability"}})}});
  Json layers = {line, points};
  if (rows.front().contains("low")) {
    layers.push_back(
        mark({{"type", "rule"}, {"strokeWidth", 1}, {"opacity", 0.55}},
             {{"y", {{"field", "low"}, {"type", "quantitative"}}}, {"y2", {{"field", "high"}}}}));
  }
  if (!limits.rows.empty()) {
    layers.push_back(limit_layer(limits, "y"));
  }
  return layers;
}

std::optional<Chart> load_chart(const Subject& subject, const Metric& metric) {
  Json rows = rows_of_runs(subject, metric);
  if (!loads_differ(rows)) {
    return std::nullopt;
  }
  const Limits limits = limits_on(subject, metric.key);
  std::string hint = "Triangles: overloaded, so the latency grows with the length of the run.";
  if (!limits.words.empty()) {
    hint += fmt::format(" Dashed: {}.", join_words(limits.words));
  }
  Json layers = layers_of(subject, rows, limits);
  const std::string title = fmt::format("p99 {}", metric.name);
  Json x = quantity("load", unit_of_load(subject));
  x["scale"] = {{"zero", false}, {"nice", false}, {"padding", 10}};  // no symbol on the edge
  return chart(title + " against the load", std::move(hint),
               {{"height", kLoadHeight},
                {"encoding",
                 {{"x", std::move(x)},
                  {"y", latency_axis(rows, "p99", title)},
                  {"color", colour_of_variant(subject)}}},
                {"layer", std::move(layers)}},
               std::move(rows), true);
}

}  // namespace

std::optional<Chart> ttft_load_chart(const Subject& subject) {
  return load_chart(subject, {"ttft", "TTFT", "p99_ttft_ms", &RunMetrics::ttft});
}

std::optional<Chart> tpot_load_chart(const Subject& subject) {
  return load_chart(subject, {"tpot", "TPOT", "p99_tpot_ms", &RunMetrics::tpot});
}

}  // namespace kvsim::report
