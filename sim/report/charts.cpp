#include "sim/report/charts.hpp"

#include <algorithm>

#include "sim/report/cells.hpp"
#include "sim/report/chart_parts.hpp"
#include "sim/report/derived.hpp"

namespace kvsim::report {
namespace {

using spec::ReportChart;
using spec::ReportTable;
using spec::RunMetrics;
using spec::RunResult;

constexpr double kRoomForLabels = 1.4;  // so that the text at the end of the longest bar fits

std::optional<Chart> time_chart(const Subject& subject) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    const TimeShares shares = time_shares(subject.results.runs[i]);
    for (std::size_t part = 0; part < shares.size(); ++part) {
      Json row = row_of(subject, i);
      row["part"] = spec::kTimeBucketNames[part];
      row["order"] = part;
      row["share"] = json_number(shares[part]);
      rows.push_back(std::move(row));
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
  return chart("Where the time goes", "Each operator's time counts under what bounds it.",
               std::move(bars), std::move(rows));
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
      std::move(title), std::move(hint),
      {{"height", {{"step", kRowHeight + 6}}},
       {"encoding",
        {{"y", rows_of("budget")}, {"x", std::move(value)}, {"color", std::move(colours)}}},
       {"layer", {bar, text}}},
      std::move(rows));
}

std::optional<Chart> kv_tokens_chart(const Subject& subject) {
  return capacity_chart(subject, "KV tokens that fit", "On one replica; more is better.",
                        [](const spec::HbmBudget& m) { return count_cell(m.kv_cache_tokens); });
}

std::optional<Chart> kv_per_token_chart(const Subject& subject) {
  return capacity_chart(subject, "KV cache per token on each GPU", "Less is better.",
                        [](const spec::HbmBudget& m) {
                          return memory_cell(Bytes(m.kv_bytes_per_token_per_gpu.value()));
                        });
}

std::optional<Chart> ttft_chart(const Subject& subject) {
  return distribution_chart(subject, "ttft", "TTFT", &RunMetrics::ttft);
}
std::optional<Chart> tpot_chart(const Subject& subject) {
  return distribution_chart(subject, "tpot", "TPOT", &RunMetrics::tpot);
}
std::optional<Chart> itl_chart(const Subject& subject) {
  return distribution_chart(subject, "itl", "ITL", &RunMetrics::itl);
}
std::optional<Chart> e2el_chart(const Subject& subject) {
  return distribution_chart(subject, "e2el", "E2EL", &RunMetrics::e2el);
}

struct Entry {
  std::optional<Chart> (*make)(const Subject&);
  ReportTable table;
};

// In the order of ReportChart.
constexpr std::array<Entry, spec::kReportChartNames.size()> kCharts = {{
    {plan_gpus_chart, ReportTable::Plan},
    {plan_front_chart, ReportTable::PlanFront},
    {plan_sensitivity_chart, ReportTable::PlanSensitivity},
    {throughput_chart, ReportTable::AtAGlance},
    {ttft_load_chart, ReportTable::Latency},
    {tpot_load_chart, ReportTable::Latency},
    {kv_tokens_chart, ReportTable::WhatFits},
    {kv_per_token_chart, ReportTable::WhatFits},
    {hit_rate_chart, ReportTable::PrefixCache},
    {kv_over_time_chart, ReportTable::Load},
    {load_over_time_chart, ReportTable::Load},
    {preemptions_over_time_chart, ReportTable::Load},
    {ttft_chart, ReportTable::Latency},
    {tpot_chart, ReportTable::Latency},
    {itl_chart, ReportTable::Latency},
    {e2el_chart, ReportTable::Latency},
    {time_chart, ReportTable::Time},
    {step_by_batch_chart, ReportTable::StepByBatch},
    {step_by_context_chart, ReportTable::StepByContext},
    {hbm_bandwidth_chart, ReportTable::Hbm},
    {roofline_chart, ReportTable::Operators},
}};

}  // namespace

std::optional<Chart> chart_of(ReportChart name, const Subject& subject) {
  const Entry& entry = kCharts.at(static_cast<std::size_t>(name));
  return !is_of_plans(entry.table) && subject.results.runs.empty() ? std::nullopt
                                                                   : entry.make(subject);
}

ReportTable table_behind(ReportChart chart) {
  return kCharts.at(static_cast<std::size_t>(chart)).table;
}

}  // namespace kvsim::report
