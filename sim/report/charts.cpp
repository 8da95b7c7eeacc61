#include "sim/report/charts.hpp"

#include <algorithm>
#include <optional>

#include "sim/report/cells.hpp"
#include "sim/report/chart_parts.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/ranges.hpp"

namespace kvsim::report {
namespace {

using spec::RunMetrics;
using spec::RunResult;

constexpr double kRoomForLabels = 1.4;  // so that the text at the end of the longest bar fits

// Lines that lie on each other stay visible through the gaps of the upper one.
Json dash_of_variant() {
  Json encoding = names("variant");
  encoding["scale"] = {{"range", Json::parse("[[1,0],[9,4],[4,4],[12,3,2,3],[2,3]]")}};
  encoding["legend"] = nullptr;
  return encoding;
}

void add_ends(Json& row, const std::string& name, const std::optional<Range>& range) {
  if (range) {
    row[name + "_low"] = json_number(range->low);
    row[name + "_high"] = json_number(range->high);
  }
}

// From end to end of the interval, both ways.
std::vector<Json> error_bars() {
  const Json look = {{"type", "rule"}, {"strokeWidth", 1}, {"opacity", 0.55}};
  const auto bar = [&](const char* along, const std::string& field) {
    return mark(look, {{along, {{"field", field + "_low"}, {"type", "quantitative"}}},
                       {std::string(along) + "2", {{"field", field + "_high"}}}});
  };
  return {bar("x", "interactivity"), bar("y", "throughput")};
}

std::optional<Chart> throughput_chart(const Subject& subject) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    const RunResult& run = subject.results.runs[i];
    if (const auto interactivity = mean_interactivity(run.metrics)) {
      const auto load = load_of(run.spec);
      Json row = row_of(subject, i);
      row["load"] = load ? json_number(load->value) : Json(i);
      row["interactivity"] = json_number(*interactivity);
      row["throughput"] = json_number(per_gpu(run.metrics.output_throughput, run.spec));
      add_ends(row, "interactivity", range_of_interactivity(run));
      add_ends(row, "throughput", range_of_output_per_gpu(run));
      rows.push_back(std::move(row));
    }
  }
  if (rows.empty()) {
    return std::nullopt;
  }
  const Json line = {{"mark", {{"type", "line"}, {"strokeWidth", 2}}},
                     {"encoding",
                      {{"strokeDash", dash_of_variant()},
                       {"order", {{"field", "load"}, {"type", "quantitative"}}}}}};
  const Json points = {
      {"mark", {{"type", "point"}, {"filled", true}, {"size", 80}, {"opacity", 1}}},
      {"encoding",
       {{"shape", shape_of_stability(subject)},
        {"tooltip", tooltip({{"run", "run"},
                             {"interactivity", "tok/s per user"},
                             {"throughput", "output tok/s per GPU"},
                             {"stability", "stability"}})}}}};
  Json layers = {line, points};
  std::string hint = "Up and to the right is better. Each line is a variant over its sweep.";
  if (rows.front().contains("throughput_low")) {
    for (Json& bar : error_bars()) {
      layers.push_back(std::move(bar));
    }
    hint += " Crosses: the intervals of the replicates.";
  }
  return chart("At a glance", "Throughput per GPU against interactivity", std::move(hint),
               {{"height", 340},
                {"encoding",
                 {{"x", quantity("interactivity", "tok/s per user (1000 / mean TPOT in ms)")},
                  {"y", quantity("throughput", "output tok/s per GPU")},
                  {"color", colour_of_variant(subject)}}},
                {"layer", std::move(layers)}},
               std::move(rows));
}

std::optional<Chart> time_chart(const Subject& subject) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    const TimeShares shares = time_shares(subject.results.runs[i]);
    for (std::size_t part = 0; part < shares.size(); ++part) {
      rows.push_back({{"run", subject.labels[i]},
                      {"part", spec::kTimeBucketNames[part]},
                      {"order", part},
                      {"share", json_number(shares[part])}});
    }
  }
  Json range = Json::array();
  for (std::size_t part = 0; part + 1 < spec::kTimeBucketNames.size(); ++part) {
    range.push_back(colour(part));
  }
  range.push_back("var(--line)");  // idle
  Json share = quantity("share", "share of the time of all replicas");
  share["axis"] = {
      {"format", "%"}, {"tickCount", 5}, {"labelOverlap", "greedy"}, {"labelSeparation", 6}};
  share["scale"] = {{"domain", {0, 1}}};
  Json colours = names("part");
  colours["scale"] = {{"domain", spec::kTimeBucketNames}, {"range", std::move(range)}};
  colours["legend"] = legend();
  colours["legend"]["columns"] = 3;  // fits a phone
  Json bars = mark({{"type", "bar"}, {"stroke", "var(--page)"}, {"strokeWidth", 0.5}},
                   {{"y", rows_of("run")},
                    {"x", std::move(share)},
                    {"color", std::move(colours)},
                    {"order", {{"field", "order"}, {"type", "quantitative"}}},
                    {"tooltip", tooltip({{"run", "run"}, {"part", "part"}, {"share", "share"}})}});
  bars["height"] = {{"step", kRowHeight}};
  return chart("Where the time goes", "Where the step time goes",
               "Each operator's time counts under what bounds it.", std::move(bars),
               std::move(rows));
}

using CellOf = Cell (*)(const spec::HbmBudget&);

std::optional<Chart> capacity_chart(const Subject& subject, std::string title, std::string hint,
                                    CellOf cell_of) {
  Json rows = Json::array();
  double most = 0;
  for (const BudgetGroup& group : groups_by_budget(subject)) {
    const RunResult& run = subject.results.runs[group.runs.front()];
    const Cell cell = cell_of(run.memory);
    const auto value = static_cast<double>(std::get<std::int64_t>(cell.value));
    most = std::max(most, value);
    rows.push_back({{"budget", group.label},
                    {"variant", run.spec.variant},
                    {"value", json_number(value)},
                    {"text", cell.text}});
  }
  Json value = quantity("value", title);
  value["axis"] = nullptr;
  value["scale"] = {{"domain", {0.0, most > 0 ? most * kRoomForLabels : 1.0}}};
  Json colours = colour_of_variant(subject);
  colours["legend"] = nullptr;
  const Json text = mark({{"type", "text"}, {"align", "left"}, {"dx", 4}, {"color", "var(--ink)"}},
                         {{"text", names("text")}, {"color", nullptr}});
  const Json bar = mark({{"type", "bar"}, {"cornerRadiusEnd", 2}}, Json::object());
  return chart(
      "What fits", std::move(title), std::move(hint),
      {{"height", {{"step", kRowHeight + 6}}},
       {"encoding",
        {{"y", rows_of("budget")}, {"x", std::move(value)}, {"color", std::move(colours)}}},
       {"layer", {bar, text}}},
      std::move(rows));
}

}  // namespace

std::vector<Chart> make_charts(const Subject& subject) {
  std::vector<Chart> charts;
  for (std::optional<Chart>& made : std::array<std::optional<Chart>, 8>{
           throughput_chart(subject),
           capacity_chart(subject, "KV tokens that fit", "On one replica; more is better.",
                          [](const spec::HbmBudget& m) { return count_cell(m.kv_cache_tokens); }),
           capacity_chart(subject, "KV cache per token on each GPU", "Less is better.",
                          [](const spec::HbmBudget& m) {
                            return memory_cell(Bytes(m.kv_bytes_per_token_per_gpu.value()));
                          }),
           hit_rate_chart(subject), kv_over_time_chart(subject),
           distribution_chart(subject, "ttft", "TTFT", &RunMetrics::ttft),
           distribution_chart(subject, "tpot", "TPOT", &RunMetrics::tpot), time_chart(subject)}) {
    if (made) {
      charts.push_back(std::move(*made));
    }
  }
  return charts;
}

}  // namespace kvsim::report
