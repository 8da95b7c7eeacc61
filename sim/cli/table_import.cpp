#include "sim/cli/table_import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <optional>
#include <set>

#include "sim/base/diagnostic.hpp"

namespace kvsim::cli {
namespace {

std::optional<double> as_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

enum class Sign { Times, Over, Plus, OnePlus };

struct Factor {
  Sign sign = Sign::Times;
  std::string name;  // of a column, or a number
};

Factor factor_of(const std::string& text) {
  if (text.starts_with("1+")) {
    return {Sign::OnePlus, text.substr(2)};
  }
  if (text.starts_with("/")) {
    return {Sign::Over, text.substr(1)};
  }
  return text.starts_with("+") ? Factor{Sign::Plus, text.substr(1)} : Factor{Sign::Times, text};
}

// Their table, columns read once.
class Theirs {
 public:
  explicit Theirs(const fit::CsvTable& table) : table_(table) {}

  [[nodiscard]] bool knows(const std::string& name) const {
    return as_number(name).has_value() || table_.has(name);
  }
  [[nodiscard]] const std::string& text(const std::string& column, int row) {
    auto found = texts_.find(column);
    if (found == texts_.end()) {
      found = texts_.emplace(column, table_.texts(column)).first;
    }
    return found->second[static_cast<std::size_t>(row)];
  }
  [[nodiscard]] double number(const std::string& name, int row) {
    if (const auto constant = as_number(name)) {
      return *constant;
    }
    const std::string& value = text(name, row);
    if (value == "True" || value == "true") {
      return 1;
    }
    if (value == "False" || value == "false") {
      return 0;
    }
    if (const auto parsed = as_number(value)) {
      return *parsed;
    }
    Diagnostic fault;
    fault.place.file = "kvsim";
    fault.message = fmt::format("row {}: '{}' is not a number", row + 1, value);
    fault.path = name;
    throw ConfigError({fault});
  }
  [[nodiscard]] double value(const ImportColumn& column, int row) {
    double result = 1;
    for (const std::string& each : column.factors) {
      const Factor factor = factor_of(each);
      const double theirs = number(factor.name, row);
      switch (factor.sign) {
        case Sign::Times:
          result *= theirs;
          break;
        case Sign::Over:
          result /= theirs;
          break;
        case Sign::Plus:
          result += theirs;
          break;
        case Sign::OnePlus:
          result *= 1 + theirs;
      }
    }
    return result;
  }

 private:
  const fit::CsvTable& table_;
  std::map<std::string, std::vector<std::string>> texts_;
};

using Pairs = std::vector<std::pair<std::string, std::string>>;

void apply_mappings(std::vector<ImportRule>& rules, const Pairs& mappings) {
  std::vector<Diagnostic> faults;
  for (const auto& [ours, theirs] : mappings) {
    bool known = false;
    for (ImportRule& rule : rules) {
      for (ImportColumn& column : rule.columns) {
        if (column.ours == ours) {
          column.factors.front() = theirs;
          column.required = true;
          known = true;
        }
      }
    }
    if (!known) {
      Diagnostic fault;
      fault.place.file = fmt::format("--column {}={}", ours, theirs);
      fault.message = fmt::format("'{}' is no column of this operator's tables", ours);
      faults.push_back(fault);
    }
  }
  if (!faults.empty()) {
    throw ConfigError(std::move(faults));
  }
}

// Optional columns that are not there are dropped; others are an error each.
void require_columns(std::vector<ImportRule>& rules, const Theirs& theirs, const Pairs& where) {
  std::map<std::string, std::string> missing;  // theirs, what to do
  for (ImportRule& rule : rules) {
    std::erase_if(rule.columns, [&](const ImportColumn& column) {
      return !column.required && !theirs.knows(factor_of(column.factors.front()).name);
    });
    for (const ImportColumn& column : rule.columns) {
      for (const std::string& each : column.factors) {
        const std::string name = factor_of(each).name;
        if (!theirs.knows(name)) {
          missing[name] = fmt::format("map it: --column {}=THEIRS, or a number", column.ours);
        }
      }
    }
    for (const auto& kept : rule.keep) {
      if (!theirs.knows(kept.first)) {
        missing[kept.first] = "it tells rows of one kind from others";
      }
    }
  }
  for (const auto& [column, text] : where) {
    if (!theirs.knows(column)) {
      missing[column] = "--where or --sum names it";
    }
  }
  std::vector<Diagnostic> faults;
  for (const auto& [name, way_out] : missing) {
    Diagnostic fault;
    fault.place.file = "kvsim";
    fault.message = fmt::format("the table has no column '{}'", name);
    fault.notes.push_back(way_out);
    faults.push_back(fault);
  }
  if (!faults.empty()) {
    throw ConfigError(std::move(faults));
  }
}

bool is_kept(const ImportRule& rule, Theirs& theirs, const Pairs& where, int row) {
  const auto wanted = [&](const auto& kept) {
    const std::string& value = theirs.text(kept.first, row);
    return std::find(kept.second.begin(), kept.second.end(), value) != kept.second.end();
  };
  return std::all_of(rule.keep.begin(), rule.keep.end(), wanted) &&
         std::all_of(where.begin(), where.end(),
                     [&](const auto& pair) { return theirs.text(pair.first, row) == pair.second; });
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text;
}

// Their words for what we call otherwise.
std::string our_word(const std::string& ours, const std::string& word) {
  static const std::map<std::string, std::string> kWords = {{"bfloat16", "bf16"},
                                                            {"float16", "fp16"},
                                                            {"half", "fp16"},
                                                            {"uniform", "balanced"},
                                                            {"power_law", "pl1.2"}};
  const auto found = kWords.find(word);
  if (found != kWords.end()) {
    return found->second;
  }
  constexpr std::string_view kPowerLaw = "power_law_";
  if (ours == "routing" && word.starts_with(kPowerLaw)) {
    return "pl" + word.substr(kPowerLaw.size());
  }
  return ours == "framework" ? lower(word) : word;
}

using ImportedRow = std::vector<std::pair<std::string, std::string>>;

// A measured time of 0 means that nothing was measured.
std::optional<ImportedRow> row_of(const ImportRule& rule, Theirs& theirs, int row) {
  ImportedRow cells;
  for (const ImportColumn& column : rule.columns) {
    if (column.text) {
      const std::string word = our_word(column.ours, theirs.text(column.factors.front(), row));
      if (column.ours == "framework") {
        cells.emplace_back("stack", word);
      } else if (column.ours == "version" && !cells.empty()) {
        cells.front().second += "-" + word;
      } else {
        cells.emplace_back(column.ours, word);
      }
      continue;
    }
    const double value = theirs.value(column, row);
    if (column.ours == "latency_us" && value == 0) {
      return std::nullopt;
    }
    cells.emplace_back(column.ours, fmt::format("{:.10g}", value));
  }
  return cells;
}

void add_line(std::string& csv, const ImportedRow& row, bool header) {
  std::string_view separator;
  for (const auto& [name, value] : row) {
    csv += fmt::format("{}{}", separator, header ? name : value);
    separator = ",";
  }
  csv += '\n';
}

// Calls put together from rows of several kernels.
class Sums {
 public:
  explicit Sums(std::vector<std::string> names) : names_(std::move(names)) {}

  // A kernel's row: what it says beside its time is the call's.
  void add(ImportedRow cells, const std::string& name) {
    const auto times = std::count(names_.begin(), names_.end(), name);
    if (times == 0) {
      return;
    }
    const auto time = std::find_if(cells.begin(), cells.end(),
                                   [](const auto& cell) { return cell.first == "latency_us"; });
    const double microseconds = as_number(time->second).value_or(0);
    cells.erase(time);
    std::erase_if(cells, [](const auto& cell) { return cell.first == "kernel"; });
    std::string key;
    add_line(key, cells, false);
    Call& call = calls_[key];
    ++call.rows[name];
    call.microseconds += microseconds * static_cast<double>(times);
    call.cells = std::move(cells);
  }

  // Those that have all kernels equally often; of calls that were measured several times the mean.
  [[nodiscard]] std::vector<ImportedRow> whole() const {
    std::vector<ImportedRow> rows;
    for (const auto& [key, call] : calls_) {
      const int often = call.rows.begin()->second;
      const bool all = std::all_of(names_.begin(), names_.end(), [&](const std::string& name) {
        const auto found = call.rows.find(name);
        return found != call.rows.end() && found->second == often;
      });
      if (all) {
        rows.push_back(call.cells);
        rows.back().emplace_back("latency_us", fmt::format("{:.10g}", call.microseconds / often));
      }
    }
    return rows;
  }

 private:
  struct Call {
    ImportedRow cells;
    std::map<std::string, int> rows;  // by name
    double microseconds = 0;
  };
  std::vector<std::string> names_;
  std::map<std::string, Call> calls_;
};

ImportedTable written(const std::vector<ImportedRow>& rows, int left_out) {
  ImportedTable table;
  table.left_out = left_out;
  for (const ImportedRow& row : rows) {
    if (table.rows == 0) {
      add_line(table.csv, row, true);
    }
    add_line(table.csv, row, false);
    ++table.rows;
  }
  return table;
}

}  // namespace

ImportedTable import_table(const fit::CsvTable& table, const ImportRequest& request) {
  std::vector<ImportRule> rules = import_rules(request.format, request.op);
  apply_mappings(rules, request.columns);
  Theirs theirs(table);
  Pairs named = request.where;
  if (!request.sum_column.empty()) {
    named.emplace_back(request.sum_column, "");
  }
  require_columns(rules, theirs, named);
  const bool sums = !request.sum_names.empty();
  Sums calls(request.sum_names);
  std::vector<ImportedRow> rows;
  int left_out = 0;
  for (int row = 0; row < table.rows(); ++row) {
    bool used = false;
    for (const ImportRule& rule : rules) {
      auto cells =
          is_kept(rule, theirs, request.where, row) ? row_of(rule, theirs, row) : std::nullopt;
      if (cells && sums) {
        calls.add(std::move(*cells), theirs.text(request.sum_column, row));
      } else if (cells) {
        rows.push_back(std::move(*cells));
      }
      used = used || cells.has_value();
    }
    left_out += used ? 0 : 1;
  }
  if (sums) {
    rows = calls.whole();
    left_out = table.rows() - static_cast<int>(rows.size() * request.sum_names.size());
  }
  if (rows.empty()) {
    std::vector<std::string> ways_out;
    if (sums) {
      ways_out.emplace_back("--sum wants a row of each name, alike in all that is imported");
    }
    refuse_input({"kvsim"}, "no row of the table is of this operator and wanted by --where",
                 std::move(ways_out));
  }
  return written(rows, left_out);
}

}  // namespace kvsim::cli
