// kvsim calibrate import: another tool's table in our columns.
#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/calibrate_common.hpp"
#include "sim/cli/calibrate_options.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/table_import.hpp"

namespace kvsim::cli {
namespace {

std::vector<std::pair<std::string, std::string>> pairs_of(const std::vector<std::string>& texts,
                                                          const std::string& flag) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : texts) {
    const std::size_t at = text.find('=');
    if (at == std::string::npos || at == 0 || at + 1 == text.size()) {
      refuse(fmt::format("{} {}: not a pair", flag, text), "write for example batch=batch_size");
    }
    pairs.emplace_back(text.substr(0, at), text.substr(at + 1));
  }
  return pairs;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace

int calibrate_import(const ImportOptions& options) {
  ImportRequest request;
  request.format = options.format;
  request.op = table_operator(options.op);
  request.columns = pairs_of(options.columns, "--column");
  request.where = pairs_of(options.where, "--where");
  if (!options.sum.empty()) {
    const auto pair = pairs_of({options.sum}, "--sum").front();
    request.sum_column = pair.first;
    request.sum_names = split_at_commas(pair.second);
  }
  const ImportedTable table = import_table(fit::CsvTable::load(options.in), request);
  write_whole(options.out, table.csv);
  fmt::print("{} rows written to {}, {} left out\n", table.rows, options.out, table.left_out);
  return kOk;
}

}  // namespace kvsim::cli
