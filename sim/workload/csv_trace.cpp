#include "sim/workload/csv_trace.hpp"

#include <fmt/format.h>

#include "sim/workload/csv_header.hpp"
#include "sim/workload/trace_content.hpp"

namespace kvsim::workload {
namespace {

Fault fault_of(const CsvFault& fault) {
  return {.message = std::string(fault.message), .field = {}, .column = fault.column};
}

}  // namespace

CsvTrace::CsvTrace(const spec::WorkloadSpec& workload, TraceLayout layout)
    : TraceReader(workload), layout_(std::move(layout)), clock_(layout_.origin, workload.speedup) {
  read_header(workload.where);
}

void CsvTrace::read_header(const std::optional<spec::TraceFilter>& where) {
  if (!file_.next_line()) {
    file_.fail("the trace is empty", {"its first line names the columns"});
  }
  if (const auto fault = split_csv(file_.line(), fields_)) {
    throw ConfigError({file_.diagnostic(fault_of(*fault))});
  }
  CsvHeader header(file_, fields_);
  if (layout_.use == TraceUse::ArrivalsAndLengths) {
    arrival_ = header.position_of(layout_.arrival, "arrival");
  }
  prompt_ = header.position_of(layout_.prompt_tokens, "prompt_tokens");
  output_ = header.position_of(layout_.output_tokens, "output_tokens");
  priority_ = header.position_if_any(layout_.priority, layout_.priority_was_named, "priority");
  hash_ids_ = header.position_if_any(layout_.hash_ids, layout_.hash_ids_were_named, "hash_ids");
  if (where) {
    filtered_ = header.position_of({where->column}, "where.column");
    wanted_ = where->equals;
  }
  header.throw_if_wrong();
  for (const CsvField& field : fields_) {
    names_.emplace_back(field.text);
  }
  if (hash_ids_) {
    file_.allow_lines_of(kLongestJsonLine);
  }
}

RowValue CsvTrace::value_at(std::size_t position) const {
  return {names_[position], fields_[position].text, fields_[position].column};
}

std::optional<Fault> CsvTrace::read_hash_ids(TraceRow& row) const {
  const RowValue value = value_at(*hash_ids_);
  std::vector<std::int64_t> ids;
  if (auto fault = read_ids(value, ids)) {
    return fault;
  }
  if (!ids.empty()) {
    row.hash_ids = std::make_shared<const std::vector<std::int64_t>>(std::move(ids));
  }
  return check_number_of(row.hash_ids, row.prompt_tokens, layout_.hash_block_size, value);
}

ReadRow CsvTrace::read_row(std::string_view line) {
  if (const auto fault = split_csv(line, fields_)) {
    return fault_of(*fault);
  }
  if (fields_.size() != names_.size()) {
    return Fault{.message = fmt::format("the line has {} fields, the header {}", fields_.size(),
                                        names_.size()),
                 .field = {}};
  }
  if (filtered_ && fields_[*filtered_].text != wanted_) {
    return OtherRow{};
  }
  const bool replayed = layout_.use == TraceUse::ArrivalsAndLengths;
  TraceRow row;
  Duration written;
  if (replayed) {
    if (auto fault = read_arrival(value_at(arrival_), layout_.arrival_unit, written)) {
      return *fault;
    }
  }
  const RowValue output = value_at(output_);
  if (layout_.empty_output_is_failure && is_zero_tokens(output)) {
    return FailedRequest{};
  }
  if (auto fault = read_tokens(value_at(prompt_), row.prompt_tokens)) {
    return *fault;
  }
  if (auto fault = read_tokens(output, row.output_tokens)) {
    return *fault;
  }
  if (priority_) {
    if (auto fault = read_priority(value_at(*priority_), row.priority)) {
      return *fault;
    }
  }
  if (hash_ids_) {
    if (auto fault = read_hash_ids(row)) {
      return *fault;
    }
  }
  if (!replayed) {
    return row;
  }
  // Last, so that a line with another fault does not set the origin or the order.
  if (auto fault = clock_.place(written, value_at(arrival_), row.arrival)) {
    return *fault;
  }
  return row;
}

}  // namespace kvsim::workload
