// Building blocks of the charts: encodings and marks of Vega-Lite that more than one chart uses.
// Internal to the room; charts.hpp is the door.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/report/json_values.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {

inline constexpr int kRowHeight = 22;  ///< of a chart with one row per run
inline constexpr int kChartHeight = 300;

/// The i-th of the page's colours, from the start again when there are more.
[[nodiscard]] std::string colour(std::size_t i);
[[nodiscard]] Json legend();
[[nodiscard]] Json quantity(const char* field, const std::string& title);
/// From 0 % to 100 %, as labels.
[[nodiscard]] Json percentage(const char* field, const std::string& title);
/// Names in the order of the data, not of the alphabet.
[[nodiscard]] Json names(const char* field);
/// A row for each name, without a line at the axis.
[[nodiscard]] Json rows_of(const char* field);
[[nodiscard]] Json colour_of_variant(const Subject& subject);
[[nodiscard]] Json shape_of_stability(const Subject& subject);
/// Field and title of each line.
[[nodiscard]] Json tooltip(const std::vector<std::pair<const char*, const char*>>& fields);
[[nodiscard]] Json mark(Json definition, Json encoding);

/// Of milliseconds: logarithmic when the field is above 0 in all rows, for latencies of one
/// study differ by a thousand.
[[nodiscard]] Json latency_axis(const Json& rows, const char* field, const std::string& title);

/// Limits of the study on one metric, once each.
struct Limits {
  Json rows = Json::array();         ///< limit (ms), name
  std::vector<std::string> words{};  ///< "p99 TTFT limit 2 s"
};
[[nodiscard]] Limits limits_on(const Subject& subject, std::string_view metric);
/// Dashed lines across `axis` ("x" or "y"); requires rows.
[[nodiscard]] Json limit_layer(const Limits& limits, const char* axis);

/// Who the i-th run is, for the data: run, variant, stability.
[[nodiscard]] Json row_of(const Subject& subject, std::size_t i);

/// `spec` is all but data and width. Where rows have a variant, the page can hide it; `zoom` is for
/// charts whose axes are both quantities.
[[nodiscard]] Chart chart(std::string title, std::string hint, Json spec, Json rows,
                          bool zoom = false);

/// charts_plan.cpp: none when nobody planned; the first also for one question.
[[nodiscard]] std::optional<Chart> plan_gpus_chart(const Subject& subject);
[[nodiscard]] std::optional<Chart> plan_front_chart(const Subject& subject);
[[nodiscard]] std::optional<Chart> plan_sensitivity_chart(const Subject& subject);

/// charts_throughput.cpp: none when no run has a second token.
[[nodiscard]] std::optional<Chart> throughput_chart(const Subject& subject);

/// charts_load.cpp: none unless runs differ in their load.
[[nodiscard]] std::optional<Chart> ttft_load_chart(const Subject& subject);
[[nodiscard]] std::optional<Chart> tpot_load_chart(const Subject& subject);

/// charts_latency.cpp: a row per run, from its percentiles. None when no run has any.
[[nodiscard]] std::optional<Chart> distribution_chart(
    const Subject& subject, const char* metric, const std::string& name,
    spec::LatencySummary spec::RunMetrics::*member);

/// charts_prefix.cpp: none where no prefix can be found twice.
[[nodiscard]] std::optional<Chart> hit_rate_chart(const Subject& subject);

/// charts_over_time.cpp
[[nodiscard]] std::optional<Chart> kv_over_time_chart(const Subject& subject);
[[nodiscard]] std::optional<Chart> load_over_time_chart(const Subject& subject);
[[nodiscard]] std::optional<Chart> preemptions_over_time_chart(const Subject& subject);

/// charts_step.cpp: none where nothing fits.
[[nodiscard]] std::optional<Chart> step_by_batch_chart(const Subject& subject);
[[nodiscard]] std::optional<Chart> step_by_context_chart(const Subject& subject);
[[nodiscard]] std::optional<Chart> roofline_chart(const Subject& subject);

/// charts_bandwidth.cpp
[[nodiscard]] std::optional<Chart> hbm_bandwidth_chart(const Subject& subject);

}  // namespace kvsim::report
