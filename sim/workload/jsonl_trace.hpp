// A trace in JSON lines: one object per request, three of its keys are used, and its block ids.
#pragma once

#include "sim/workload/json_row.hpp"
#include "sim/workload/row_values.hpp"
#include "sim/workload/trace_reader.hpp"

namespace kvsim::workload {

class JsonlTrace final : public TraceReader {
 public:
  JsonlTrace(const spec::WorkloadSpec& workload, TraceLayout layout);

 private:
  [[nodiscard]] ReadRow read_row(std::string_view line) override;
  /// The value under one of `names`; `key` is its name in workload.columns.
  [[nodiscard]] std::optional<Fault> find_priority(std::string_view line,
                                                   std::int64_t& priority) const;
  [[nodiscard]] std::optional<Fault> find(std::string_view line, const Names& names,
                                          std::string_view key, RowValue& value) const;
  [[nodiscard]] Fault missing(const Names& names, std::string_view key) const;
  [[nodiscard]] std::optional<Fault> read_hash_ids(std::string_view line, TraceRow& row) const;

  TraceLayout layout_;
  ArrivalClock clock_;
  JsonRow json_;  // of the current line
};

}  // namespace kvsim::workload
