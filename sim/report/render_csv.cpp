#include <fmt/format.h>

#include <algorithm>

#include "sim/report/render.hpp"
#include "sim/report/requests_csv.hpp"
#include "sim/report/run_columns.hpp"

namespace kvsim::report {
namespace {

// Columns in the order in which they first appear; a number that two tables show is written once.
class WideTable {
 public:
  explicit WideTable(const std::vector<std::string>& run_ids) : values_(run_ids.size()) {
    for (std::size_t i = 0; i < run_ids.size(); ++i) {
      set(i, "run_id", csv_field(run_ids[i]));
    }
  }

  void set(std::size_t run, const std::string& name, std::string value) {
    auto found = std::find(names_.begin(), names_.end(), name);
    const auto place = static_cast<std::size_t>(found - names_.begin());
    if (found == names_.end()) {
      names_.push_back(name);
    }
    values_[run].resize(std::max(values_[run].size(), place + 1));
    values_[run][place] = std::move(value);
  }

  [[nodiscard]] std::string text() {
    std::string text = fmt::format("{}\n", fmt::join(names_, ","));
    for (std::vector<std::string>& row : values_) {
      row.resize(names_.size());
      text += fmt::format("{}\n", fmt::join(row, ","));
    }
    return text;
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> values_;
};

struct ValueText {
  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const { return fmt::format("{}", value); }
  std::string operator()(const std::string& value) const { return csv_field(value); }
};

}  // namespace

std::string to_csv(const Report& report) {
  WideTable wide(report.run_ids);
  for (const Table& table : report.tables) {
    for (const Row& row : table.rows) {
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        if (table.columns[i].key.empty()) {
          continue;
        }
        for (const std::size_t run : row.runs) {
          wide.set(run, csv_name(table.columns[i], row),
                   std::visit(ValueText{}, row.cells[i].value));
        }
      }
    }
  }
  return wide.text();
}

}  // namespace kvsim::report
