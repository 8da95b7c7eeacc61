#include "sim/workload/jsonl_trace.hpp"

#include <fmt/format.h>

#include "sim/base/spelling.hpp"
#include "sim/workload/trace_content.hpp"

namespace kvsim::workload {
namespace {

// A timestamp stands in quotes; elsewhere the quotes stay, so that a message shows them.
std::string_view without_quotes(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

}  // namespace

JsonlTrace::JsonlTrace(const spec::WorkloadSpec& workload, TraceLayout layout)
    : TraceReader(workload, kLongestJsonLine),
      layout_(std::move(layout)),
      clock_(layout_.origin, workload.speedup) {}

Fault JsonlTrace::missing(const Names& names, std::string_view key) const {
  std::vector<std::string> here;
  for (const JsonMember& member : json_.members) {
    here.push_back(member.key);
  }
  Fault fault{.message = fmt::format("the line has no key '{}'", names.front()),
              .field = {},
              .general = true};
  if (key == "arrival" && json_.find({"delay"}) != nullptr) {
    fault.notes.emplace_back(
        "'delay' makes this a turn of a conversation, which cannot be replayed yet");
  }
  if (const auto guess = nearest_word(names.front(), here)) {
    fault.notes.push_back(fmt::format("did you mean '{}'?", *guess));
  }
  fault.notes.push_back(fmt::format("keys here: {}", fmt::join(here, ", ")));
  if (names.size() > 1) {
    fault.notes.push_back(
        fmt::format("also read: {}", fmt::join(names.begin() + 1, names.end(), ", ")));
  }
  fault.notes.push_back(fmt::format(
      "to read it from another key than '{}': workload.columns.{}: NAME", names.front(), key));
  if (key == "arrival") {
    fault.notes.emplace_back(
        "for a trace of lengths only, generate the arrivals: workload.arrivals");
  }
  return fault;
}

std::optional<Fault> JsonlTrace::find(std::string_view line, const Names& names,
                                      std::string_view key, RowValue& value) const {
  const JsonMember* member = json_.find(names);
  if (member == nullptr) {
    return missing(names, key);
  }
  value = {member->key, member->text, column_of_value(line, member->key)};
  return std::nullopt;
}

// A key that has the usual name may be absent.
std::optional<Fault> JsonlTrace::find_priority(std::string_view line,
                                               std::int64_t& priority) const {
  if (!layout_.priority_was_named && json_.find(layout_.priority) == nullptr) {
    return std::nullopt;
  }
  RowValue value;
  if (auto fault = find(line, layout_.priority, "priority", value)) {
    return fault;
  }
  return read_priority(value, priority);
}

// An empty list says as little as none.
std::optional<Fault> JsonlTrace::read_hash_ids(std::string_view line, TraceRow& row) const {
  if (json_.ids.empty()) {
    return std::nullopt;
  }
  row.hash_ids = std::make_shared<const std::vector<std::int64_t>>(json_.ids);
  const RowValue place{json_.ids_key, {}, column_of_value(line, json_.ids_key)};
  return check_number_of(row.hash_ids, row.prompt_tokens, layout_.hash_block_size, place);
}

ReadRow JsonlTrace::read_row(std::string_view line) {
  if (auto fault = parse_json_row(line, layout_.hash_ids, json_)) {
    return *fault;
  }
  const bool replayed = layout_.use == TraceUse::ArrivalsAndLengths;
  TraceRow row;
  RowValue arrival;
  RowValue prompt;
  RowValue output;
  Duration written;
  if (replayed) {
    if (auto fault = find(line, layout_.arrival, "arrival", arrival)) {
      return *fault;
    }
    if (layout_.arrival_unit == spec::TimeUnit::Timestamp) {
      arrival.text = without_quotes(arrival.text);
    }
    if (auto fault = read_arrival(arrival, layout_.arrival_unit, written)) {
      return *fault;
    }
  }
  if (auto fault = find(line, layout_.prompt_tokens, "prompt_tokens", prompt)) {
    return *fault;
  }
  if (auto fault = find(line, layout_.output_tokens, "output_tokens", output)) {
    return *fault;
  }
  if (auto fault = read_tokens(prompt, row.prompt_tokens)) {
    return *fault;
  }
  if (auto fault = read_tokens(output, row.output_tokens)) {
    return *fault;
  }
  if (auto fault = find_priority(line, row.priority)) {
    return *fault;
  }
  if (auto fault = read_hash_ids(line, row)) {
    return *fault;
  }
  // Last, so that a line with another fault does not set the origin or the order.
  if (replayed) {
    if (auto fault = clock_.place(written, arrival, row.arrival)) {
      return *fault;
    }
  }
  return row;
}

}  // namespace kvsim::workload
