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

/// The i-th of the page's colours, from the start again when there are more.
[[nodiscard]] std::string colour(std::size_t i);
[[nodiscard]] Json legend();
[[nodiscard]] Json quantity(const char* field, const std::string& title);
/// Names in the order of the data, not of the alphabet.
[[nodiscard]] Json names(const char* field);
/// A row for each name, without a line at the axis.
[[nodiscard]] Json rows_of(const char* field);
[[nodiscard]] Json colour_of_variant(const Subject& subject);
[[nodiscard]] Json shape_of_stability(const Subject& subject);
/// Field and title of each line.
[[nodiscard]] Json tooltip(const std::vector<std::pair<const char*, const char*>>& fields);
[[nodiscard]] Json mark(Json definition, Json encoding);

/// Who the i-th run is, for the data: run, variant, stability.
[[nodiscard]] Json row_of(const Subject& subject, std::size_t i);

/// `table` is the title of the table with the same numbers, `spec` all but data and width.
[[nodiscard]] Chart chart(std::string table, std::string title, std::string hint, Json spec,
                          Json rows);

/// charts_latency.cpp: a row per run, from its percentiles. None when no run has any.
[[nodiscard]] std::optional<Chart> distribution_chart(
    const Subject& subject, const char* metric, const std::string& name,
    spec::LatencySummary spec::RunMetrics::*member);

/// charts_prefix.cpp: none where no prefix can be found twice.
[[nodiscard]] std::optional<Chart> hit_rate_chart(const Subject& subject);
[[nodiscard]] std::optional<Chart> kv_over_time_chart(const Subject& subject);

}  // namespace kvsim::report
