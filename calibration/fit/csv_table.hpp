// A table of measurements: CSV with a header line, columns by name.
//
// Strict, because a number that is read wrongly becomes a coefficient: a ragged or empty line, a
// missing or doubled column and a value that is no number are refused with their place; of many
// wrong lines the first ones are shown. Quoted fields, CRLF and a UTF-8 byte order mark are
// accepted. Held in memory as the file's text plus 8 bytes per field: 50 000 rows of 12 columns
// are about 9 MB.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"

namespace kvsim::fit {

class CsvTable {
 public:
  static constexpr std::size_t kMostDiagnostics = 10;                ///< of one kind, then a count
  static constexpr std::size_t kLargestFile = std::size_t{1} << 30;  ///< bytes

  /// Throws ConfigError: missing, unreadable, not text, empty, or lines that are wrong.
  [[nodiscard]] static CsvTable load(const std::string& path);
  /// The same of a text; `file` is its name in messages.
  [[nodiscard]] static CsvTable parse(std::string text, std::string file);

  [[nodiscard]] int rows() const { return static_cast<int>(line_begins_.size()) - 1; }
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  [[nodiscard]] bool has(std::string_view column) const;

  /// Throws one ConfigError with every one of `columns` that is missing.
  void require(std::span<const std::string_view> columns) const;

  /// One value per row. Throws ConfigError: no such column, or values that are not finite numbers.
  [[nodiscard]] Eigen::VectorXd numbers(std::string_view column) const;
  /// The same for measured times: zero and negative values are refused as well.
  [[nodiscard]] Eigen::VectorXd positive_numbers(std::string_view column) const;
  /// Throws ConfigError: no such column.
  [[nodiscard]] std::vector<std::string> texts(std::string_view column) const;
  /// The same, or `otherwise` in every row where there is no such column.
  [[nodiscard]] std::vector<std::string> texts_or(std::string_view column,
                                                  std::string_view otherwise) const;

 private:
  struct Field {  // in text_
    std::uint32_t begin;
    std::uint32_t length;
  };
  class Reader;
  class Problems;

  [[nodiscard]] std::string_view text_of(Field field) const;
  [[nodiscard]] std::string_view line(int number) const;  // from 0, which is the header
  [[nodiscard]] Field field_at(int row, std::size_t position) const;
  [[nodiscard]] Diagnostic diagnostic(int line, std::size_t at, std::string message) const;
  [[nodiscard]] Diagnostic missing(std::string_view column) const;
  [[nodiscard]] std::size_t position_of(std::string_view column) const;
  [[nodiscard]] Eigen::VectorXd read_numbers(std::string_view column, bool only_positive) const;

  std::string file_;
  std::string text_;
  std::vector<std::string> columns_;
  std::vector<std::uint32_t> line_begins_;  // of the header and of each row
  std::vector<Field> fields_;               // of the rows, row after row
};

}  // namespace kvsim::fit
