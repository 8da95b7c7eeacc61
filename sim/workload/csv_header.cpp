#include "sim/workload/csv_header.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/spelling.hpp"
#include "sim/workload/format_detection.hpp"

namespace kvsim::workload {
namespace {

bool looks_like_data(const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return !name.empty() && name[0] >= '0' && name[0] <= '9';
  });
}

}  // namespace

CsvHeader::CsvHeader(const TextFile& file, const std::vector<CsvField>& fields)
    : file_(file), fields_(fields) {
  for (const CsvField& field : fields) {
    names_.emplace_back(field.text);
  }
}

std::size_t CsvHeader::position_of(const Names& names, std::string_view key) {
  const auto found = std::find_first_of(names_.begin(), names_.end(), names.begin(), names.end());
  if (found == names_.end()) {
    missing(names.front(), key);
    return 0;
  }
  const auto again = std::find(found + 1, names_.end(), *found);
  if (again != names_.end()) {
    twice(*found, fields_[static_cast<std::size_t>(again - names_.begin())]);
  }
  return static_cast<std::size_t>(found - names_.begin());
}

std::optional<std::size_t> CsvHeader::position_if_any(const Names& names, bool was_named,
                                                      std::string_view key) {
  const auto found = std::find_first_of(names_.begin(), names_.end(), names.begin(), names.end());
  const bool absent = found == names_.end() && !was_named;
  return absent ? std::nullopt : std::optional(position_of(names, key));
}

void CsvHeader::throw_if_wrong() {
  if (!problems_.empty()) {
    throw ConfigError(std::move(problems_));
  }
}

void CsvHeader::missing(const std::string& name, std::string_view key) {
  Fault fault{.message = fmt::format("the header has no column '{}'", name), .field = {}};
  if (const auto guess = nearest_word(name, names_)) {
    fault.notes.push_back(fmt::format("did you mean '{}'?", *guess));
  }
  fault.notes.push_back(fmt::format("columns here: {}", fmt::join(names_, ", ")));
  fault.notes.push_back(way_out(name, key));
  if (key == "arrival") {
    fault.notes.emplace_back(
        "for a trace of lengths only, generate the arrivals: "
        "workload.arrivals");
  }
  problems_.push_back(file_.diagnostic(fault));
}

void CsvHeader::twice(const std::string& name, const CsvField& second) {
  problems_.push_back(
      file_.diagnostic({.message = fmt::format("the header has the column '{}' twice", name),
                        .field = {},
                        .column = second.column,
                        .notes = {"rename one of the two"}}));
}

std::string CsvHeader::way_out(const std::string& name, std::string_view key) const {
  if (looks_like_data(names_)) {
    return "the first line must name the columns";
  }
  if (key.starts_with("where")) {
    return "workload.where keeps the lines with one text in one of these columns";
  }
  if (names_.size() == 1 && names_[0].find_first_of(";\t|") != std::string::npos) {
    return "columns must be separated by commas";
  }
  const auto other = csv_format_of(names_);
  if (other && *other != spec::TraceFormat::Lengths) {
    return fmt::format("these are the columns of another format: workload.format: {}",
                       spec::name_of(*other, spec::kTraceFormatNames));
  }
  return fmt::format("to read it from another column than '{}': workload.columns.{}: NAME", name,
                     key);
}

}  // namespace kvsim::workload
