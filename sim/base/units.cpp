#include "sim/base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <span>
#include <vector>

#include "sim/base/spelling.hpp"

namespace kvsim {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kCountUnits = {Unit{"", 1}, Unit{"k", 1e3}, Unit{"M", 1e6}};
constexpr std::array kByteUnits = {Unit{"B", 1},        Unit{"kB", 1e3},     Unit{"KB", 1e3},
                                   Unit{"MB", 1e6},     Unit{"GB", 1e9},     Unit{"TB", 1e12},
                                   Unit{"KiB", 0x1p10}, Unit{"MiB", 0x1p20}, Unit{"GiB", 0x1p30},
                                   Unit{"TiB", 0x1p40}};
constexpr std::array kBandwidthUnits = {Unit{"B/s", 1},        Unit{"MB/s", 1e6},
                                        Unit{"GB/s", 1e9},     Unit{"TB/s", 1e12},
                                        Unit{"GiB/s", 0x1p30}, Unit{"TiB/s", 0x1p40}};
constexpr std::array kComputeUnits = {Unit{"GFLOP/s", 1e9}, Unit{"TFLOP/s", 1e12},
                                      Unit{"PFLOP/s", 1e15}};
constexpr std::array kTimeUnits = {Unit{"ns", 1e-9}, Unit{"us", 1e-6}, Unit{"ms", 1e-3},
                                   Unit{"s", 1},     Unit{"min", 60},  Unit{"h", 3600}};
constexpr std::array kPowerUnits = {Unit{"W", 1}, Unit{"kW", 1e3}};
constexpr std::array kRateUnits = {Unit{"/s", 1}, Unit{"/min", 1.0 / 60}, Unit{"/h", 1.0 / 3600}};

std::span<const Unit> units_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::Count:
      return kCountUnits;
    case Dimension::Size:
      return kByteUnits;
    case Dimension::Bandwidth:
      return kBandwidthUnits;
    case Dimension::ComputeRate:
      return kComputeUnits;
    case Dimension::Time:
      return kTimeUnits;
    case Dimension::Rate:
      return kRateUnits;
    case Dimension::Power:
      return kPowerUnits;
  }
  return kCountUnits;
}

std::string_view example_unit(Dimension dimension) {
  switch (dimension) {
    case Dimension::Count:
      return "";
    case Dimension::Size:
      return "GiB";
    case Dimension::Bandwidth:
      return "TB/s";
    case Dimension::ComputeRate:
      return "TFLOP/s";
    case Dimension::Time:
      return "ms";
    case Dimension::Rate:
      return "/s";
    case Dimension::Power:
      return "W";
  }
  return "";
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  return text;
}

// Length of the decimal literal at the start of `text`: sign, digits, point, exponent.
std::size_t number_length(std::string_view text) {
  std::size_t i = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && std::isdigit(static_cast<unsigned char>(text[i])) != 0) {
      ++i;
    }
    return i - from;
  };
  std::size_t seen = digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    seen += digits();
  }
  if (seen == 0) {
    return 0;
  }
  if (i + 1 < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    const std::size_t mantissa_end = i++;
    if (text[i] == '-' || text[i] == '+') {
      ++i;
    }
    if (digits() == 0) {
      i = mantissa_end;
    }
  }
  return i;
}

bool looks_octal(std::string_view number) {
  if (!number.empty() && (number[0] == '-' || number[0] == '+')) {
    number.remove_prefix(1);
  }
  return number.size() > 1 && number[0] == '0' &&
         std::isdigit(static_cast<unsigned char>(number[1])) != 0;
}

ParsedNumber problem(std::string what, std::string hint) {
  return {std::nullopt, std::move(what), std::move(hint)};
}

ParsedNumber unknown_unit(std::string_view text, std::string_view unit, std::string_view number,
                          Dimension dimension) {
  std::vector<std::string> names;
  for (const Unit& known : units_of(dimension)) {
    if (!known.name.empty()) {
      names.emplace_back(known.name);
    }
  }
  if (unit.empty()) {
    return problem(fmt::format("'{}' has no unit", text),
                   fmt::format("write for example {}{}{}", number,
                               dimension == Dimension::Rate ? "" : " ", example_unit(dimension)));
  }
  const auto guess = nearest_word(unit, names);
  return problem(fmt::format("'{}' is not a unit here", unit),
                 guess ? fmt::format("did you mean '{}'?", *guess)
                       : fmt::format("known units: {}", fmt::join(names, ", ")));
}

}  // namespace

ParsedNumber parse_number(std::string_view raw, Dimension dimension) {
  const std::string_view text = trim(raw);
  const std::size_t length = number_length(text);
  if (length == 0) {
    return problem(fmt::format("'{}' is not a number", text), "write a decimal number");
  }
  std::string_view number = text.substr(0, length);
  if (looks_octal(number)) {
    return problem(fmt::format("'{}' has a leading zero", text),
                   "some programs read that as octal; write it without the zero");
  }
  if (number[0] == '+') {
    number.remove_prefix(1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || !std::isfinite(value)) {
    return problem(fmt::format("'{}' is out of range", text), "write a smaller number");
  }
  const std::string_view unit = trim(text.substr(length));
  for (const Unit& known : units_of(dimension)) {
    if (known.name == unit) {
      return {value * known.factor, {}, {}};
    }
  }
  if (dimension == Dimension::Count) {
    return problem(fmt::format("'{}' is not a plain number", text), "write it without a unit");
  }
  return unknown_unit(text, unit, number, dimension);
}

std::vector<std::string_view> unit_names(Dimension dimension) {
  std::vector<std::string_view> names;
  for (const Unit& unit : units_of(dimension)) {
    names.push_back(unit.name);
  }
  return names;
}

namespace {

// Three significant digits at least, and never an exponent.
std::string readable(double value) {
  const double magnitude = std::abs(value);
  return fmt::format("{:.{}f}", value, magnitude < 10 ? 2 : (magnitude < 100 ? 1 : 0));
}

std::string with_prefix(double value, double step, std::span<const std::string_view> names) {
  if (std::abs(value) < step) {
    return fmt::format("{:.0f} {}", value, names[0]);
  }
  std::size_t i = 0;
  while (std::abs(value) >= step - 0.5 && i + 1 < names.size()) {  // 999.5 kB would print as 1000
    value /= step;
    ++i;
  }
  return fmt::format("{} {}", readable(value), names[i]);
}

}  // namespace

std::string format_bytes(double bytes) {
  static constexpr std::array<std::string_view, 7> kNames = {"B",  "kB", "MB", "GB",
                                                             "TB", "PB", "EB"};
  return with_prefix(bytes, 1000, kNames);
}

std::string format_bytes_binary(double bytes) {
  static constexpr std::array<std::string_view, 5> kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  return with_prefix(bytes, 1024, kNames);
}

std::string format_grouped(std::int64_t count) {
  std::string text = std::to_string(count);
  const std::size_t first_digit = count < 0 ? 1 : 0;
  for (std::size_t i = text.size(); i > first_digit + 3;) {
    i -= 3;
    text.insert(i, " ");
  }
  return text;
}

std::string format_time(double seconds) {
  const double magnitude = std::abs(seconds);
  if (magnitude == 0) {
    return "0 s";
  }
  if (magnitude < 999.5e-9) {
    return readable(seconds * 1e9) + " ns";
  }
  if (magnitude < 999.5e-6) {
    return readable(seconds * 1e6) + " us";
  }
  if (magnitude < 999.5e-3) {
    return readable(seconds * 1e3) + " ms";
  }
  return readable(seconds) + " s";
}

}  // namespace kvsim
