#include "sim/report/cells.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "sim/base/check.hpp"
#include "sim/base/units.hpp"

namespace kvsim::report {
namespace {

constexpr double kLargestGrouped = 9e18;  // what format_grouped's 64 bits hold

bool fits_int64(Int128 value) {
  using Limits = std::numeric_limits<std::int64_t>;
  return value >= Limits::min() && value <= Limits::max();
}

}  // namespace

std::string format_number(double value) {
  const double magnitude = std::abs(value);
  if (magnitude >= kLargestGrouped) {
    return fmt::format("{:.4g}", value);
  }
  if (magnitude >= 999.95) {  // rounds to four digits before the point
    return format_grouped(std::llround(value));
  }
  if (value == 0) {
    return "0";
  }
  const int decimals = magnitude >= 99.995 ? 1 : (magnitude >= 9.9995 ? 2 : 3);
  return fmt::format("{:.{}f}", value, decimals);
}

std::string format_percent(double fraction) {
  if (fraction > 0 && fraction < 0.0005) {
    return "< 0.1 %";
  }
  if (fraction < 1 && fraction > 0.9995) {
    return "> 99.9 %";
  }
  return fmt::format("{:.1f} %", fraction * 100);
}

// Near 1 as many decimals as show that it is not 1; less than four of them show is no difference.
std::string format_ratio(double ratio) {
  for (const int decimals : {3, 4}) {
    const double off = std::abs(ratio - 1);
    if (off < 0.005 && off >= 0.5 * std::pow(10, -decimals)) {
      return fmt::format("{:.{}f}×", ratio, decimals);
    }
  }
  return fmt::format("{:.{}f}×", ratio, ratio < 9.995 ? 2 : (ratio < 99.95 ? 1 : 0));
}

std::string format_ms(double milliseconds) {
  const double magnitude = std::abs(milliseconds);
  if (magnitude < 0.9995) {
    return fmt::format("{:.4g} us", milliseconds * 1e3);
  }
  if (magnitude < 999.95) {
    return fmt::format("{:.4g} ms", milliseconds);
  }
  return magnitude < 9.9995e6 ? fmt::format("{:.4g} s", milliseconds / 1e3)
                              : fmt::format("{} s", format_number(milliseconds / 1e3));
}

Cell text_cell(std::string text) { return {text, text}; }
Cell no_cell() { return {std::monostate(), "–"}; }

Cell number_cell(double value) {
  KVSIM_CHECK(std::isfinite(value), "a number of a report is finite");
  return {value, format_number(value)};
}

Cell number_cell(const std::optional<double>& value) {
  return value ? number_cell(*value) : no_cell();
}

Cell count_cell(std::int64_t value) { return {value, format_grouped(value)}; }
Cell percent_cell(double fraction) { return {fraction, format_percent(fraction)}; }
Cell ratio_cell(double ratio) { return {ratio, format_ratio(ratio)}; }

Cell memory_cell(Bytes value) {
  return {value.value(), format_bytes_binary(static_cast<double>(value.value()))};
}

Cell traffic_cell(Int128 bytes) {
  const auto rounded = static_cast<double>(bytes);
  return {fits_int64(bytes) ? Value(static_cast<std::int64_t>(bytes)) : Value(rounded),
          format_bytes(rounded)};
}

std::optional<double> as_double(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return static_cast<double>(*whole);
  }
  const auto* real = std::get_if<double>(&value);
  return real == nullptr ? std::nullopt : std::optional(*real);
}

}  // namespace kvsim::report
