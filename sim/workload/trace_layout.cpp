#include "sim/workload/trace_layout.hpp"

#include "sim/workload/text_file.hpp"

namespace kvsim::workload {
namespace {

using spec::TimeUnit;
using spec::TraceFormat;

char first_character(const std::string& path) {
  TextFile file(path, kLongestJsonLine);
  while (file.next_line()) {
    const std::size_t at = file.line().find_first_not_of(" \t");
    if (at != std::string_view::npos) {
      return file.line()[at];
    }
  }
  return '\0';
}

void rename(Names& names, const std::optional<std::string>& chosen) {
  if (chosen) {
    names = {*chosen};
  }
}

}  // namespace

TraceLayout standard_layout(TraceFormat format) {
  switch (format) {
    case TraceFormat::Azure:
      return {.arrival = {"TIMESTAMP"},
              .prompt_tokens = {"ContextTokens"},
              .output_tokens = {"GeneratedTokens"},
              .arrival_unit = TimeUnit::Timestamp};
    case TraceFormat::Csv:
      return {.arrival = {"arrival_s"},
              .prompt_tokens = {"prompt_tokens"},
              .output_tokens = {"output_tokens"},
              .hash_ids = {"hash_ids"},
              .priority = {"priority"}};
    case TraceFormat::Mooncake:
      return {.syntax = TraceSyntax::JsonLines,
              .arrival = {"timestamp", "created_time"},
              .prompt_tokens = {"input_length", "input_tokens"},
              .output_tokens = {"output_length", "output_tokens"},
              .hash_ids = {"hash_ids"},
              .priority = {"priority"},
              .arrival_unit = TimeUnit::Milliseconds};
    case TraceFormat::Burstgpt:
      return {.arrival = {"Timestamp"},
              .prompt_tokens = {"Request tokens"},
              .output_tokens = {"Response tokens"},
              .origin = TraceOrigin::FirstRequest,
              .empty_output_is_failure = true};
    case TraceFormat::Lengths:
      return {.prompt_tokens = {"prompt_tokens", "num_prefill_tokens", "input_length"},
              .output_tokens = {"output_tokens", "num_decode_tokens", "output_length"},
              .hash_ids = {"hash_ids"},
              .priority = {"priority"},
              .use = TraceUse::LengthsOnly};
  }
  return {};
}

TraceLayout layout_of(const spec::WorkloadSpec& workload) {
  TraceLayout layout = standard_layout(workload.format);
  const spec::TraceColumns& columns = workload.columns;
  rename(layout.arrival, columns.arrival);
  rename(layout.prompt_tokens, columns.prompt_tokens);
  rename(layout.output_tokens, columns.output_tokens);
  rename(layout.hash_ids, columns.hash_ids);
  rename(layout.priority, columns.priority);
  layout.priority_was_named = columns.priority.has_value();
  layout.hash_ids_were_named = columns.hash_ids.has_value();
  layout.hash_block_size = workload.hash_block_size.value_or(spec::kMooncakeBlock);
  layout.arrival_unit = columns.arrival_unit.value_or(layout.arrival_unit);
  if (layout.arrival_unit == TimeUnit::Timestamp) {
    layout.origin = TraceOrigin::FirstRequest;
  }
  if (workload.arrivals || workload.closed_loop) {
    layout.use = TraceUse::LengthsOnly;
  }
  if (workload.format == TraceFormat::Lengths && first_character(*workload.trace) == '{') {
    layout.syntax = TraceSyntax::JsonLines;
  }
  return layout;
}

}  // namespace kvsim::workload
