// A trace as CSV with a header line: one request per line, three of its columns are used.
#pragma once

#include "sim/workload/arrival_clock.hpp"
#include "sim/workload/csv_line.hpp"
#include "sim/workload/trace_reader.hpp"

namespace kvsim::workload {

/// Which columns mean what, and what to tell a reader whose header has other names.
struct CsvLayout {
  spec::TraceColumns columns;
  bool chosen_by_study = true;  ///< workload.columns can change the names
};

class CsvTrace final : public TraceReader {
 public:
  CsvTrace(const spec::WorkloadSpec& workload, CsvLayout layout);

 private:
  /// A value of the current line: its column's name, its text and where it stands.
  struct Value {
    const std::string& name;
    std::string_view text;
    int column;
  };

  void read_header();
  [[nodiscard]] std::variant<TraceRow, Fault> read_row(std::string_view line) override;
  [[nodiscard]] std::optional<Fault> read_arrival(Duration& written) const;
  [[nodiscard]] std::optional<Fault> read_tokens(const Value& value, std::int64_t& tokens) const;
  [[nodiscard]] Value value_of(const std::string& name, std::size_t position) const;

  CsvLayout layout_;
  TraceUse use_;
  ArrivalClock clock_;
  std::vector<CsvField> fields_;  // of the current line
  std::size_t columns_in_header_ = 0;
  std::size_t arrival_ = 0;  // positions in the line
  std::size_t prompt_ = 0;
  std::size_t output_ = 0;
};

/// The columns are those of workload.columns.
[[nodiscard]] std::unique_ptr<TraceReader> open_csv_trace(const spec::WorkloadSpec& workload);

}  // namespace kvsim::workload
