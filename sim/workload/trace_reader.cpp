#include "sim/workload/trace_reader.hpp"

#include "sim/workload/csv_trace.hpp"
#include "sim/workload/jsonl_trace.hpp"

namespace kvsim::workload {

void TraceReader::record(const Fault& fault, std::vector<Diagnostic>& faults) {
  if (skip_bad_lines_ && fault.skippable) {
    ++skipped_;
    return;
  }
  Diagnostic diagnostic = file_.diagnostic(fault);
  if (fault.skippable) {
    diagnostic.notes.emplace_back(
        "to count such lines instead of stopping: workload.skip_bad_lines: true "
        "(--skip-bad-lines)");
  }
  faults.push_back(std::move(diagnostic));
  if (!fault.skippable || fault.general || faults.size() == kMostFaults) {
    throw ConfigError(std::move(faults));
  }
}

std::optional<TraceRow> TraceReader::next() {
  std::vector<Diagnostic> faults;
  while (file_.next_line()) {
    if (file_.line().find_first_not_of(" \t") == std::string_view::npos) {
      continue;
    }
    const auto row = read_row(file_.line());
    if (const auto* fault = std::get_if<Fault>(&row)) {
      record(*fault, faults);
    } else if (std::holds_alternative<FailedRequest>(row)) {
      ++failed_;
    } else if (const auto* request = std::get_if<TraceRow>(&row); request && faults.empty()) {
      return *request;
    }
  }
  if (!faults.empty()) {
    throw ConfigError(std::move(faults));
  }
  return std::nullopt;
}

std::unique_ptr<TraceReader> open_trace(const spec::WorkloadSpec& workload) {
  TraceLayout layout = layout_of(workload);
  if (layout.syntax == TraceSyntax::JsonLines) {
    return std::make_unique<JsonlTrace>(workload, std::move(layout));
  }
  return std::make_unique<CsvTrace>(workload, std::move(layout));
}

}  // namespace kvsim::workload
