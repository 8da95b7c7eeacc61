// What a page of results shows, in which order: plain data of reports/templates/*.yaml.
//
// Columns are named as in `kvsim run --format csv`; `run`, `variant` and `stability` are there too.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/spec/field_visitor.hpp"

namespace kvsim::spec {

/// The tables that kvsim makes by itself, in reading order.
enum class ReportTable {
  Plan,
  PlanDropped,
  PlanSensitivity,
  PlanCommand,
  PlanFront,
  PlanLayouts,
  PlanHours,
  AtAGlance,
  WhatFits,
  Limits,
  Latency,
  LatencyRanges,
  SteadyState,
  Traffic,
  TrafficRanges,
  Pools,
  Cost,
  OfferedRate,
  PrefixCache,
  Time,
  StepByBatch,
  StepByContext,
  Operators,
  Hbm,
  Load,
  Memory,
  Evidence,
  Cards,
  Notes
};
inline constexpr std::array<std::string_view, 29> kReportTableNames = {
    "plan",          "plan_dropped",    "plan_sensitivity", "plan_command",
    "plan_front",    "plan_layouts",    "plan_hours",       "at_a_glance",
    "what_fits",     "limits",          "latency",          "latency_ranges",
    "steady_state",  "traffic",         "traffic_ranges",   "pools",
    "cost",          "offered_rate",    "prefix_cache",     "time",
    "step_by_batch", "step_by_context", "operators",        "hbm",
    "load",          "memory",          "evidence",         "cards",
    "notes"};

/// The charts that kvsim draws by itself; one without anything to draw is left out.
enum class ReportChart {
  PlanGpus,
  PlanFront,
  PlanSensitivity,
  ThroughputInteractivity,
  TtftLoad,
  TpotLoad,
  KvTokens,
  KvPerToken,
  HitRate,
  KvOverTime,
  LoadOverTime,
  PreemptionsOverTime,
  Ttft,
  Tpot,
  Itl,
  E2el,
  Time,
  StepByBatch,
  StepByContext,
  HbmBandwidth,
  Roofline
};
inline constexpr std::array<std::string_view, 21> kReportChartNames = {"plan_gpus",
                                                                       "plan_front",
                                                                       "plan_sensitivity",
                                                                       "throughput_interactivity",
                                                                       "ttft_load",
                                                                       "tpot_load",
                                                                       "kv_tokens",
                                                                       "kv_per_token",
                                                                       "hit_rate",
                                                                       "kv_over_time",
                                                                       "load_over_time",
                                                                       "preemptions_over_time",
                                                                       "ttft",
                                                                       "tpot",
                                                                       "itl",
                                                                       "e2el",
                                                                       "time",
                                                                       "step_by_batch",
                                                                       "step_by_context",
                                                                       "hbm_bandwidth",
                                                                       "roofline"};

enum class ChartMark { Point, Line, Bar };
inline constexpr std::array<std::string_view, 3> kChartMarkNames = {"point", "line", "bar"};

enum class ChartAxis { X, Y };
inline constexpr std::array<std::string_view, 2> kChartAxisNames = {"x", "y"};

/// Rows that a chart of one's own may draw; of Runs each is a row of `--format csv`.
enum class ChartData { Runs, Percentiles, TimeShares, OverTime, PrefixCurve, Steps, Operators };
inline constexpr std::array<std::string_view, 7> kChartDataNames = {
    "runs", "percentiles", "time_shares", "over_time", "prefix_curve", "steps", "operators"};

/// A chart of one's own: a mark on two axes, or a whole Vega-Lite specification.
struct DrawnChart {
  std::string title;
  std::string hint;
  ChartData data = ChartData::Runs;
  ChartMark mark = ChartMark::Point;
  std::string x, y;
  std::string color = "variant";
  std::vector<ChartAxis> log;  ///< axes that are logarithmic
  std::string vega_lite;       ///< JSON without data; empty: mark, x and y say it
};

/// Only runs whose column is one of these words, or lies between these numbers.
struct RunFilter {
  std::string column;
  std::vector<std::string> is;
  std::optional<double> at_least, at_most;
};

struct ReportSection {
  std::string title;  ///< empty: that of its first table or chart
  std::string text;   ///< with {values}; see report/placeholders.hpp
  std::vector<ReportChart> charts;
  std::vector<DrawnChart> draw;
  std::vector<ReportTable> tables;
  std::vector<std::string> columns;  ///< of a table of one's own, a row per run
  std::string sort;                  ///< its order: a column, with "-" before it the largest first
  std::vector<std::string> define;   ///< metrics whose definition and formula are written out
  std::vector<RunFilter> where;
  bool folded = false;
};

struct ReportTemplate {
  std::string file;                     ///< where it was read, for messages; empty: built in
  std::string headline;                 ///< with {values}; empty: composed from the results
  std::vector<ReportSection> sections;  ///< empty: every table with its charts
};

void describe(FieldVisitor& visitor, DrawnChart& chart);
void describe(FieldVisitor& visitor, RunFilter& filter);
void describe(FieldVisitor& visitor, ReportSection& section);
void describe(FieldVisitor& visitor, ReportTemplate& page);

}  // namespace kvsim::spec
