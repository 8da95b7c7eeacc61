// Intervals as a reader meets them: behind the number they belong to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/report/table.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::report {

struct Range {
  double low = 0;
  double high = 0;
};

/// The run's interval of a metric, by its name in spec::Interval.
[[nodiscard]] std::optional<Range> range_of(const spec::RunResult& run, std::string_view metric);
/// Of output tokens/s per GPU, and of tokens/s that one user sees (1000 / mean TPOT).
[[nodiscard]] std::optional<Range> range_of_output_per_gpu(const spec::RunResult& run);
[[nodiscard]] std::optional<Range> range_of_interactivity(const spec::RunResult& run);

/// "14.4–21.0", "95 900–222 000": three significant digits, as replicates know no more.
[[nodiscard]] std::string format_range(const Range& range);
/// "1.1–1.6 %"
[[nodiscard]] std::string format_percent_range(const Range& range);

/// "16.26 [14.4–21.0]"; without a range the cell as it is.
[[nodiscard]] Cell with_range(Cell cell, const std::optional<Range>& range);

}  // namespace kvsim::report
