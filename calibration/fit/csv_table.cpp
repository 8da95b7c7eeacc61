#include "calibration/fit/csv_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "sim/base/check.hpp"
#include "sim/base/csv_line.hpp"
#include "sim/base/spelling.hpp"
#include "sim/base/units.hpp"

namespace kvsim::fit {
namespace {

[[noreturn]] void fail(const std::string& file, std::string message, std::string note) {
  throw ConfigError({{.place = {.file = file},
                      .message = std::move(message),
                      .path = {},
                      .source_line = {},
                      .notes = {std::move(note)}}});
}

// Characters, not bytes: continuation bytes of UTF-8 do not count.
int characters(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

std::optional<double> finite_number(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  const bool whole = result.ec == std::errc() && result.ptr == end;
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string read_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    fail(path, "the table does not exist", "paths are relative to the current folder");
  }
  if (std::filesystem::is_directory(status)) {
    fail(path, "the table is a directory", "name the file in it");
  }
  const auto size = std::filesystem::file_size(path, error);
  if (error || size > CsvTable::kLargestFile) {
    fail(path, error ? "the table is not a regular file" : "the table is larger than 1 GiB",
         "a table of measurements is a CSV file with one measured case per line");
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  std::string text(size, '\0');
  if (!stream || !stream.read(text.data(), static_cast<std::streamsize>(size))) {
    fail(path, fmt::format("the table cannot be read: {}", std::strerror(errno)),
         "is it readable for you?");
  }
  return text;
}

}  // namespace

// Collects what is wrong with lines, the first few in full.
class CsvTable::Problems {
 public:
  void add(Diagnostic diagnostic) {
    if (++count_ <= kMostDiagnostics) {
      shown_.push_back(std::move(diagnostic));
    }
  }
  void throw_if_any() {
    if (shown_.empty()) {
      return;
    }
    if (count_ > kMostDiagnostics) {
      const std::size_t more = count_ - kMostDiagnostics;
      shown_.back().notes.push_back(fmt::format("{} more line{} of this table {} wrong",
                                                format_grouped(static_cast<std::int64_t>(more)),
                                                more == 1 ? "" : "s", more == 1 ? "is" : "are"));
    }
    throw ConfigError(std::move(shown_));
  }

 private:
  std::vector<Diagnostic> shown_;
  std::size_t count_ = 0;
};

// Splits the text of a table into its lines and fields.
class CsvTable::Reader {
 public:
  explicit Reader(CsvTable& table) : table_(table) {}

  void read() {
    find_lines();
    read_header();
    for (int number = 1; number <= table_.rows(); ++number) {
      read_row(number);
    }
    problems_.throw_if_any();
  }

 private:
  void find_lines() {
    const std::string_view text = table_.text_;
    if (text.find('\0') != std::string_view::npos) {
      fail(table_.file_, "the table is not text (it holds bytes of value 0)",
           "unpack it, or write it as CSV first");
    }
    std::size_t begin = text.starts_with("\xef\xbb\xbf") ? 3 : 0;  // UTF-8 byte order mark
    while (begin < text.size()) {
      table_.line_begins_.push_back(static_cast<std::uint32_t>(begin));
      begin = std::min(text.find('\n', begin), text.size()) + 1;
    }
    if (table_.line_begins_.empty()) {
      fail(table_.file_, "the table is empty", "its first line names the columns");
    }
    if (table_.rows() == 0) {
      fail(table_.file_, "the table has a header but no rows", "one measured case per line");
    }
  }

  void read_header() {
    split(0);
    for (const CsvField& field : fields_) {
      std::string name = without_doubled_quotes(field.text);
      if (name.empty()) {
        problems_.add(table_.diagnostic(0, position(field), "a column has no name"));
      } else if (table_.has(name)) {
        problems_.add(table_.diagnostic(0, position(field),
                                        fmt::format("the header has the column '{}' twice", name)));
      }
      table_.columns_.push_back(std::move(name));
    }
    problems_.throw_if_any();
    table_.fields_.reserve(table_.columns_.size() * static_cast<std::size_t>(table_.rows()));
  }

  void read_row(int number) {
    const std::string_view line = table_.line(number);
    if (line.empty() && table_.columns_.size() > 1) {
      problems_.add(table_.diagnostic(number, 0, "the line is empty"));
      return;
    }
    if (!split(number)) {
      return;
    }
    if (fields_.size() != table_.columns_.size()) {
      problems_.add(
          table_.diagnostic(number, 0,
                            fmt::format("the line has {} field{}, the header {}", fields_.size(),
                                        fields_.size() == 1 ? "" : "s", table_.columns_.size())));
      return;
    }
    const std::size_t begin = table_.line_begins_[static_cast<std::size_t>(number)];
    for (const CsvField& field : fields_) {
      table_.fields_.push_back({static_cast<std::uint32_t>(begin + position(field)),
                                static_cast<std::uint32_t>(field.text.size())});
    }
  }

  static std::size_t position(const CsvField& field) {
    return static_cast<std::size_t>(field.column - 1);
  }

  bool split(int number) {
    const auto fault = split_csv(table_.line(number), fields_);
    if (fault) {
      const auto at = static_cast<std::size_t>(fault->column - 1);
      problems_.add(table_.diagnostic(number, at, std::string(fault->message)));
    }
    return !fault.has_value();
  }

  CsvTable& table_;
  std::vector<CsvField> fields_;  // of the current line
  Problems problems_;
};

CsvTable CsvTable::load(const std::string& path) { return parse(read_file(path), path); }

CsvTable CsvTable::parse(std::string text, std::string file) {
  KVSIM_CHECK(text.size() <= kLargestFile, "a table is larger than 1 GiB");
  CsvTable table;
  table.text_ = std::move(text);
  table.file_ = std::move(file);
  Reader(table).read();
  return table;
}

bool CsvTable::has(std::string_view column) const {
  return std::find(columns_.begin(), columns_.end(), column) != columns_.end();
}

void CsvTable::require(std::span<const std::string_view> columns) const {
  std::vector<Diagnostic> problems;
  for (const std::string_view column : columns) {
    if (!has(column)) {
      problems.push_back(missing(column));
    }
  }
  if (!problems.empty()) {
    throw ConfigError(std::move(problems));
  }
}

Eigen::VectorXd CsvTable::numbers(std::string_view column) const {
  return read_numbers(column, false);
}

Eigen::VectorXd CsvTable::positive_numbers(std::string_view column) const {
  return read_numbers(column, true);
}

std::vector<std::string> CsvTable::texts(std::string_view column) const {
  const std::size_t position = position_of(column);
  std::vector<std::string> values;
  values.reserve(static_cast<std::size_t>(rows()));
  for (int row = 0; row < rows(); ++row) {
    values.push_back(without_doubled_quotes(text_of(field_at(row, position))));
  }
  return values;
}

std::vector<std::string> CsvTable::texts_or(std::string_view column,
                                            std::string_view otherwise) const {
  if (has(column)) {
    return texts(column);
  }
  return std::vector<std::string>(static_cast<std::size_t>(rows()), std::string(otherwise));
}

Eigen::VectorXd CsvTable::read_numbers(std::string_view column, bool only_positive) const {
  const std::size_t position = position_of(column);
  Eigen::VectorXd values(rows());
  Problems problems;
  for (int row = 0; row < rows(); ++row) {
    const Field field = field_at(row, position);
    const std::string_view text = text_of(field);
    const auto value = finite_number(text);
    values[row] = value.value_or(0);
    if (value && (!only_positive || *value > 0)) {
      continue;
    }
    const std::string message = text.empty() ? "the value is missing"
                                : value      ? fmt::format("'{}' is not above zero", text)
                                             : fmt::format("'{}' is not a number", text);
    const std::size_t begin = line_begins_[static_cast<std::size_t>(row) + 1];
    Diagnostic problem = diagnostic(row + 1, field.begin - begin, message);
    problem.path = column;
    problems.add(std::move(problem));
  }
  problems.throw_if_any();
  return values;
}

std::string_view CsvTable::text_of(Field field) const {
  return std::string_view(text_).substr(field.begin, field.length);
}

std::string_view CsvTable::line(int number) const {
  const std::string_view rest =
      std::string_view(text_).substr(line_begins_[static_cast<std::size_t>(number)]);
  std::string_view found = rest.substr(0, rest.find('\n'));
  if (found.ends_with('\r')) {
    found.remove_suffix(1);
  }
  return found;
}

CsvTable::Field CsvTable::field_at(int row, std::size_t position) const {
  return fields_[static_cast<std::size_t>(row) * columns_.size() + position];
}

Diagnostic CsvTable::diagnostic(int number, std::size_t at, std::string message) const {
  const std::string_view text = line(number);
  return {
      .place = {.file = file_, .line = number + 1, .column = characters(text.substr(0, at)) + 1},
      .message = std::move(message),
      .path = {},
      .source_line = std::string(text)};
}

Diagnostic CsvTable::missing(std::string_view column) const {
  Diagnostic problem = diagnostic(0, 0, fmt::format("the table has no column '{}'", column));
  if (const auto guess = nearest_word(column, columns_)) {
    problem.notes.push_back(fmt::format("did you mean '{}'?", *guess));
  }
  problem.notes.push_back(fmt::format("columns here: {}", fmt::join(columns_, ", ")));
  return problem;
}

std::size_t CsvTable::position_of(std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) {
    throw ConfigError({missing(column)});
  }
  return static_cast<std::size_t>(found - columns_.begin());
}

}  // namespace kvsim::fit
