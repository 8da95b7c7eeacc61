#include "sim/workload/csv_trace.hpp"

#include <fmt/format.h>

#include "sim/workload/csv_header.hpp"
#include "sim/workload/limits.hpp"
#include "sim/workload/trace_values.hpp"

namespace kvsim::workload {
namespace {

TraceUse use_of(const spec::WorkloadSpec& workload) {
  return workload.arrivals || workload.closed_loop ? TraceUse::LengthsOnly
                                                   : TraceUse::ArrivalsAndLengths;
}

TraceOrigin origin_of(spec::TimeUnit unit) {
  return unit == spec::TimeUnit::Timestamp ? TraceOrigin::FirstRequest : TraceOrigin::StartOfRun;
}

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

CsvTrace::CsvTrace(const spec::WorkloadSpec& workload, CsvLayout layout)
    : TraceReader(*workload.trace, workload.skip_bad_lines),
      layout_(std::move(layout)),
      use_(use_of(workload)),
      clock_(origin_of(layout_.columns.arrival_unit), workload.speedup) {
  read_header();
}

void CsvTrace::read_header() {
  if (!file_.next_line()) {
    file_.fail("the trace is empty", {"its first line names the columns"});
  }
  if (const auto fault = split_csv(file_.line(), fields_)) {
    throw ConfigError({file_.diagnostic(*fault)});
  }
  CsvHeader header(file_, fields_, layout_);
  if (use_ == TraceUse::ArrivalsAndLengths) {
    arrival_ = header.position_of(layout_.columns.arrival, "arrival");
  }
  prompt_ = header.position_of(layout_.columns.prompt_tokens, "prompt_tokens");
  output_ = header.position_of(layout_.columns.output_tokens, "output_tokens");
  header.throw_if_wrong();
  columns_in_header_ = fields_.size();
}

CsvTrace::Value CsvTrace::value_of(const std::string& name, std::size_t position) const {
  return {name, fields_[position].text, fields_[position].column};
}

std::variant<TraceRow, Fault> CsvTrace::read_row(std::string_view line) {
  if (auto fault = split_csv(line, fields_)) {
    return *fault;
  }
  if (fields_.size() != columns_in_header_) {
    return Fault{.message = fmt::format("the line has {} fields, the header {}", fields_.size(),
                                        columns_in_header_),
                 .field = {}};
  }
  TraceRow row;
  Duration written;
  if (use_ == TraceUse::ArrivalsAndLengths) {
    if (auto fault = read_arrival(written)) {
      return *fault;
    }
  }
  const Value prompt = value_of(layout_.columns.prompt_tokens, prompt_);
  const Value output = value_of(layout_.columns.output_tokens, output_);
  if (auto fault = read_tokens(prompt, row.prompt_tokens)) {
    return *fault;
  }
  if (auto fault = read_tokens(output, row.output_tokens)) {
    return *fault;
  }
  if (use_ == TraceUse::LengthsOnly) {
    return row;
  }
  // Last, so that a line with another fault does not set the origin or the order.
  auto placed = clock_.place(written);
  if (auto* fault = std::get_if<Fault>(&placed)) {
    fault->field = layout_.columns.arrival;
    fault->column = fields_[arrival_].column;
    return *fault;
  }
  row.arrival = std::get<SimTime>(placed);
  return row;
}

std::optional<Fault> CsvTrace::read_arrival(Duration& written) const {
  const Value value = value_of(layout_.columns.arrival, arrival_);
  const spec::TimeUnit unit = layout_.columns.arrival_unit;
  if (const auto time = parse_time(value.text, unit)) {
    written = *time;
    return std::nullopt;
  }
  Fault fault{.message = fmt::format("'{}' is not {}", value.text, wanted_time(unit)),
              .field = value.name,
              .column = value.column};
  if (unit != spec::TimeUnit::Timestamp && parse_timestamp(value.text)) {
    fault.notes.emplace_back("for timestamps: workload.columns.arrival_unit: timestamp");
  }
  return fault;
}

std::optional<Fault> CsvTrace::read_tokens(const Value& value, std::int64_t& tokens) const {
  const auto parsed = parse_tokens(value.text);
  if (parsed && *parsed > 0) {
    tokens = *parsed;
    return std::nullopt;
  }
  return Fault{
      .message = parsed ? "a request needs at least one token"
                        : fmt::format("'{}' is not a number of tokens from 1 to 1e9", value.text),
      .field = value.name,
      .column = value.column};
}

std::unique_ptr<TraceReader> open_csv_trace(const spec::WorkloadSpec& workload) {
  return std::make_unique<CsvTrace>(workload, CsvLayout{workload.columns, true});
}

}  // namespace kvsim::workload
