#include "calibration/fit/raw_samples.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "calibration/fit/samples.hpp"
#include "sim/base/diagnostic.hpp"

namespace kvsim::fit {
namespace {

constexpr std::array<std::string_view, 8> kColumns = {"op",    "role",  "dtype",     "kernel",
                                                      "shape", "cache", "median_us", "above_peak"};

[[noreturn]] void refuse(std::string message) { refuse_input({"raw.csv"}, std::move(message)); }

std::optional<spec::CardOperator> operator_named(const std::string& name) {
  for (const spec::CardOperator op : operators_with_tables()) {
    if (spec::name_of(op, spec::kCardOperatorNames) == name) {
      return op;
    }
  }
  return std::nullopt;
}

// "batch=33 heads=64": by name.
std::map<std::string, std::string> words_of(const std::string& shape) {
  std::map<std::string, std::string> words;
  std::istringstream stream(shape);
  for (std::string word; stream >> word;) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) {
      refuse(fmt::format("'{}' is no shape: '{}' has no '='", shape, word));
    }
    words[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return words;
}

// "mma-16rows-3stages": which kernel, without how it was tuned; "cublaslt:algo66" likewise.
std::string family_of(const std::string& path) { return path.substr(0, path.find_first_of("-:")); }

std::string row_text(const RawGroup& group, const std::string& shape) {
  const auto words = words_of(shape);
  std::string text;
  for (const std::string_view column : columns_of(group.op)) {
    const auto found = words.find(std::string(column));
    if (found == words.end()) {
      refuse(fmt::format("shape '{}' has no {}", shape, column));
    }
    text += found->second + ",";
  }
  return text;
}

struct Columns {
  explicit Columns(const CsvTable& raw) {
    raw.require(kColumns);
    for (const std::string_view column : kColumns) {
      texts.emplace(column, raw.texts(column));
    }
  }
  [[nodiscard]] const std::string& at(std::string_view column, int row) const {
    return texts.find(column)->second[static_cast<std::size_t>(row)];
  }
  [[nodiscard]] bool is_of(const RawGroup& group, int row) const {
    return at("role", row) == "card" && operator_named(at("op", row)) == group.op &&
           at("dtype", row) == group.dtype;
  }

  std::map<std::string, std::vector<std::string>, std::less<>> texts;
};

}  // namespace

std::vector<RawGroup> groups_of(const CsvTable& raw) {
  const Columns columns(raw);
  std::vector<RawGroup> groups;
  for (int row = 0; row < raw.rows(); ++row) {
    const auto op = operator_named(columns.at("op", row));
    if (!op || columns.at("role", row) != "card") {
      continue;
    }
    const RawGroup group{*op, columns.at("dtype", row)};
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) {
      groups.push_back(group);
    }
  }
  return groups;
}

RawTable table_of(const CsvTable& raw, const RawGroup& group) {
  const Columns columns(raw);
  std::set<std::string> families;
  std::string rows;
  int above_peak = 0;
  for (int row = 0; row < raw.rows(); ++row) {
    if (!columns.is_of(group, row)) {
      continue;
    }
    if (columns.at("above_peak", row) != "0") {
      ++above_peak;
      continue;
    }
    families.insert(family_of(columns.at("kernel", row)));
    rows += fmt::format("{}{},{},{},{}\n", row_text(group, columns.at("shape", row)),
                        columns.at("median_us", row), columns.at("cache", row), group.dtype,
                        group.dtype);
  }
  if (rows.empty()) {
    refuse(fmt::format("no sample of {} in {} is left",
                       spec::name_of(group.op, spec::kCardOperatorNames), group.dtype));
  }
  // One card, one name: kernels that share a card are named together.
  const std::string constant = fmt::format(",{},{}\n", kOwnStack, fmt::join(families, "+"));
  std::string text = fmt::format("{},latency_us,cache,dtype,kv_dtype,stack,kernel\n",
                                 fmt::join(columns_of(group.op), ","));
  std::istringstream lines(rows);
  for (std::string line; std::getline(lines, line);) {
    text += line + constant;
  }
  return {CsvTable::parse(std::move(text), "raw.csv"), above_peak};
}

}  // namespace kvsim::fit
