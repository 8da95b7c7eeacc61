// Finds the columns of a CSV trace by the names in its header, or explains which are missing.
#pragma once

#include <string>
#include <vector>

#include "sim/workload/csv_trace.hpp"

namespace kvsim::workload {

class CsvHeader {
 public:
  /// `fields` are those of the first line of `file`. Both must outlive the header.
  CsvHeader(const TextFile& file, const std::vector<CsvField>& fields, const CsvLayout& layout);

  /// Position of the column `name`; `key` is its name in workload.columns. Collects what is wrong.
  [[nodiscard]] std::size_t position_of(const std::string& name, std::string_view key);
  /// Throws ConfigError if a column was missing or appeared twice.
  void throw_if_wrong();

 private:
  void missing(const std::string& name, std::string_view key);
  void twice(const std::string& name, const CsvField& second);
  [[nodiscard]] std::string way_out(const std::string& name, std::string_view key) const;

  const TextFile& file_;
  const std::vector<CsvField>& fields_;
  const CsvLayout& layout_;
  std::vector<std::string> names_;
  std::vector<Diagnostic> problems_;
};

}  // namespace kvsim::workload
