#include "sim/workload/csv_header.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/spelling.hpp"
#include "sim/workload/azure_trace.hpp"

namespace kvsim::workload {
namespace {

bool looks_like_data(const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return !name.empty() && name[0] >= '0' && name[0] <= '9';
  });
}

}  // namespace

CsvHeader::CsvHeader(const TextFile& file, const std::vector<CsvField>& fields,
                     const CsvLayout& layout)
    : file_(file), fields_(fields), layout_(layout) {
  for (const CsvField& field : fields) {
    names_.emplace_back(field.text);
  }
}

std::size_t CsvHeader::position_of(const std::string& name, std::string_view key) {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end()) {
    missing(name, key);
    return 0;
  }
  const auto again = std::find(found + 1, names_.end(), name);
  if (again != names_.end()) {
    twice(name, fields_[static_cast<std::size_t>(again - names_.begin())]);
  }
  return static_cast<std::size_t>(found - names_.begin());
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
  if (names_.size() == 1 && names_[0].find_first_of(";\t|") != std::string::npos) {
    return "columns must be separated by commas";
  }
  if (!layout_.chosen_by_study) {
    return "for other names: workload.format: csv with workload.columns";
  }
  const spec::TraceColumns azure = azure_columns();
  if (names_ == std::vector{azure.arrival, azure.prompt_tokens, azure.output_tokens}) {
    return "this is the header of an Azure trace: workload.format: azure";
  }
  return fmt::format("to read it from another column than '{}': workload.columns.{}: NAME", name,
                     key);
}

}  // namespace kvsim::workload
