// A trace as CSV with a header line: one request per line, a few of its columns are used.
#pragma once

#include "sim/base/csv_line.hpp"
#include "sim/workload/arrival_clock.hpp"
#include "sim/workload/row_values.hpp"
#include "sim/workload/trace_layout.hpp"
#include "sim/workload/trace_reader.hpp"

namespace kvsim::workload {

class CsvTrace final : public TraceReader {
 public:
  CsvTrace(const spec::WorkloadSpec& workload, TraceLayout layout);

 private:
  void read_header(const std::optional<spec::TraceFilter>& where);
  [[nodiscard]] ReadRow read_row(std::string_view line) override;
  [[nodiscard]] std::optional<Fault> read_hash_ids(TraceRow& row) const;
  [[nodiscard]] RowValue value_at(std::size_t position) const;

  TraceLayout layout_;
  ArrivalClock clock_;
  std::vector<CsvField> fields_;    // of the current line
  std::vector<std::string> names_;  // of the columns
  std::size_t arrival_ = 0;         // positions in the line
  std::size_t prompt_ = 0;
  std::size_t output_ = 0;
  std::optional<std::size_t> priority_;
  std::optional<std::size_t> hash_ids_;
  std::optional<std::size_t> filtered_;  // column of workload.where
  std::string wanted_;                   // its text
};

}  // namespace kvsim::workload
