#include "sim/report/ranges.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/base/units.hpp"
#include "sim/report/derived.hpp"

namespace kvsim::report {
namespace {

constexpr int kDigits = 3;

int digits_before_point(double value) {
  return static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
}

std::string format_end(double value) {
  if (value == 0) {
    return "0";
  }
  const double unit = std::pow(10, digits_before_point(value) - kDigits);
  const double rounded = std::round(value / unit) * unit;  // 999.6 has a digit more than before
  const int before = digits_before_point(rounded * (1 + 1e-12));
  return before > kDigits ? format_grouped(std::llround(rounded))
                          : fmt::format("{:.{}f}", rounded, std::min(kDigits, kDigits - before));
}

}  // namespace

std::optional<Range> range_of(const spec::RunResult& run, std::string_view metric) {
  for (const spec::Interval& interval : run.intervals) {
    if (interval.metric == metric) {
      return Range{interval.low, interval.high};
    }
  }
  return std::nullopt;
}

std::optional<Range> range_of_output_per_gpu(const spec::RunResult& run) {
  const std::optional<Range> all = range_of(run, "output_throughput");
  return all ? std::optional(Range{per_gpu(all->low, run.spec), per_gpu(all->high, run.spec)})
             : std::nullopt;
}

std::optional<Range> range_of_interactivity(const spec::RunResult& run) {
  const std::optional<Range> tpot = range_of(run, "mean_tpot_ms");
  return tpot && tpot->low > 0 ? std::optional(Range{1000 / tpot->high, 1000 / tpot->low})
                               : std::nullopt;
}

std::string format_range(const Range& range) {
  return fmt::format("{}–{}", format_end(range.low), format_end(range.high));
}

std::string format_percent_range(const Range& range) {
  return fmt::format("{:.1f}–{:.1f} %", range.low * 100, range.high * 100);
}

Cell with_range(Cell cell, const std::optional<Range>& range) {
  if (range && !std::holds_alternative<std::monostate>(cell.value)) {
    cell.text += fmt::format(" [{}]", format_range(*range));
  }
  return cell;
}

}  // namespace kvsim::report
