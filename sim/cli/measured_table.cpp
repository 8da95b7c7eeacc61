#include "sim/cli/measured_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "calibration/fit/csv_table.hpp"
#include "sim/base/diagnostic.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;

validate::Table from_csv(const std::string& path) {
  const fit::CsvTable csv = fit::CsvTable::load(path);
  validate::Table table{path, csv.columns(), {}};
  table.rows.resize(static_cast<std::size_t>(csv.rows()));
  for (const std::string& column : csv.columns()) {
    const std::vector<std::string> values = csv.texts(column);
    for (std::size_t i = 0; i < values.size(); ++i) {
      table.rows[i].push_back(values[i]);
    }
  }
  return table;
}

std::string text_of(const Json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  return value.is_null() ? std::string() : value.dump();
}

// Lists (single requests of --save-detailed) are no columns.
void add_row(validate::Table& table, const Json& object) {
  std::vector<std::string> row(table.columns.size());
  for (const auto& [key, value] : object.items()) {
    if (value.is_structured()) {
      continue;
    }
    const auto found = std::find(table.columns.begin(), table.columns.end(), key);
    const auto at = static_cast<std::size_t>(found - table.columns.begin());
    if (found == table.columns.end()) {
      table.columns.push_back(key);
      row.emplace_back();
      for (std::vector<std::string>& earlier : table.rows) {
        earlier.emplace_back();
      }
    }
    row[at] = text_of(value);
  }
  table.rows.push_back(std::move(row));
}

void add_rows(validate::Table& table, const Json& json, int line) {
  if (json.is_object()) {
    add_row(table, json);
  } else if (json.is_array()) {
    for (const Json& each : json) {
      add_rows(table, each, line);
    }
  } else {
    refuse_input({table.file, line, 0}, "a measured run must be a JSON object",
                 {"as vllm bench serve --save-result writes it"});
  }
}

std::string whole_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    refuse_input({path}, "the file cannot be read", {"paths are relative to the current folder"});
  }
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// vllm bench serve --append-result leaves one object per line.
void add_lines(validate::Table& table, const std::string& text) {
  int number = 1;
  for (std::size_t begin = 0; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string::npos) {
      continue;
    }
    const Json json = Json::parse(line, nullptr, false);
    if (json.is_discarded()) {
      refuse_input({table.file, number, 0}, "this is no JSON",
                   {"give the file of vllm bench serve --save-result, or a CSV"});
    }
    add_rows(table, json, number);
  }
}

validate::Table from_json(const std::string& path) {
  validate::Table table{path, {}, {}};
  const std::string text = whole_file(path);
  const Json whole = Json::parse(text, nullptr, false);
  if (whole.is_discarded()) {
    add_lines(table, text);
  } else {
    add_rows(table, whole, 1);
  }
  if (table.rows.empty()) {
    refuse_input({path}, "there is no measured run in the file",
                 {"give the file of vllm bench serve --save-result"});
  }
  return table;
}

}  // namespace

validate::Table load_measured_table(const std::string& path) {
  return path.ends_with(".json") || path.ends_with(".jsonl") ? from_json(path) : from_csv(path);
}

}  // namespace kvsim::cli
