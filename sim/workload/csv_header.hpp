// Finds the columns of a CSV trace by the names in its header, or explains which are missing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/base/csv_line.hpp"
#include "sim/workload/trace_layout.hpp"

namespace kvsim::workload {

class CsvHeader {
 public:
  /// `fields` are those of the first line of `file`. Both must outlive the header.
  CsvHeader(const TextFile& file, const std::vector<CsvField>& fields);

  /// Position of the column that has one of `names`; `key` is its name in workload.columns.
  /// Collects what is wrong.
  [[nodiscard]] std::size_t position_of(const Names& names, std::string_view key);
  /// The same for a column that need not be there, unless the study names it.
  [[nodiscard]] std::optional<std::size_t> position_if_any(const Names& names, bool was_named,
                                                           std::string_view key);
  /// Throws ConfigError if a column was missing or appeared twice.
  void throw_if_wrong();

 private:
  void missing(const std::string& name, std::string_view key);
  void twice(const std::string& name, const CsvField& second);
  [[nodiscard]] std::string way_out(const std::string& name, std::string_view key) const;

  const TextFile& file_;
  const std::vector<CsvField>& fields_;
  std::vector<std::string> names_;
  std::vector<Diagnostic> problems_;
};

}  // namespace kvsim::workload
