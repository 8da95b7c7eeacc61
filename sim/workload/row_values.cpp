#include "sim/workload/row_values.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/workload/trace_values.hpp"

namespace kvsim::workload {
namespace {

std::optional<Duration> parse_time(std::string_view text, spec::TimeUnit unit) {
  switch (unit) {
    case spec::TimeUnit::Seconds:
      return parse_decimal(text, 18);
    case spec::TimeUnit::Milliseconds:
      return parse_decimal(text, 15);
    case spec::TimeUnit::Timestamp:
      return parse_timestamp(text);
  }
  return std::nullopt;
}

std::string_view wanted_time(spec::TimeUnit unit) {
  switch (unit) {
    case spec::TimeUnit::Seconds:
      return "a time in seconds like 46.68";
    case spec::TimeUnit::Milliseconds:
      return "a time in milliseconds like 46680.5";
    case spec::TimeUnit::Timestamp:
      return "a timestamp like 2023-11-16 18:15:46.6805900";
  }
  return "a time";
}

}  // namespace

std::optional<Fault> read_arrival(const RowValue& value, spec::TimeUnit unit, Duration& written) {
  if (const auto time = parse_time(value.text, unit)) {
    written = *time;
    return std::nullopt;
  }
  Fault fault{.message = fmt::format("'{}' is not {}", value.text, wanted_time(unit)),
              .field = std::string(value.name),
              .column = value.column};
  if (unit != spec::TimeUnit::Timestamp && parse_timestamp(value.text)) {
    fault.notes.emplace_back("for timestamps: workload.columns.arrival_unit: timestamp");
  }
  return fault;
}

std::optional<Fault> read_tokens(const RowValue& value, std::int64_t& tokens) {
  const auto parsed = parse_tokens(value.text);
  if (parsed && *parsed > 0) {
    tokens = *parsed;
    return std::nullopt;
  }
  return Fault{
      .message = parsed ? "a request needs at least one token"
                        : fmt::format("'{}' is not a number of tokens from 1 to 1e9", value.text),
      .field = std::string(value.name),
      .column = value.column};
}

std::optional<Fault> read_priority(const RowValue& value, std::int64_t& priority) {
  const bool negative = value.text.starts_with('-');
  const auto parsed = parse_tokens(value.text.substr(negative ? 1 : 0));
  if (!parsed) {
    return Fault{.message = fmt::format("'{}' is not a priority, a whole number like 0, 5 or -1",
                                        value.text),
                 .field = std::string(value.name),
                 .column = value.column};
  }
  priority = negative ? -*parsed : *parsed;
  return std::nullopt;
}

std::optional<Fault> read_ids(const RowValue& value, std::vector<std::int64_t>& ids) {
  constexpr std::string_view kSeparators = " ;|";
  std::size_t at = value.text.find_first_not_of(kSeparators);
  while (at != std::string_view::npos) {
    const std::size_t end = std::min(value.text.find_first_of(kSeparators, at), value.text.size());
    const std::string_view text = value.text.substr(at, end - at);
    const auto id = parse_id(text);
    if (!id) {
      return Fault{
          .message = fmt::format("'{}' is not a block id, a whole number of 64 bits", text),
          .field = std::string(value.name),
          .column = value.column + static_cast<int>(at),
          .notes = {"ids stand between blanks, semicolons or bars: 17 18 19"}};
    }
    ids.push_back(*id);
    at = value.text.find_first_not_of(kSeparators, end);
  }
  return std::nullopt;
}

bool is_zero_tokens(const RowValue& value) { return parse_tokens(value.text) == 0; }

}  // namespace kvsim::workload
