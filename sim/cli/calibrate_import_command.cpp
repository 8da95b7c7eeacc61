// kvsim calibrate import: another tool's table in our columns.
#include <fmt/format.h>

#include <boost/algorithm/string.hpp>

#include "sim/cli/calibrate_common.hpp"
#include "sim/cli/calibrate_options.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/table_import.hpp"

namespace kvsim::cli {
namespace {

std::vector<std::pair<std::string, std::string>> pairs_of(const std::vector<std::string>& texts,
                                                          std::string_view flag) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& text : texts) {
    pairs.push_back(pair_of(text, flag, "batch=batch_size"));
  }
  return pairs;
}

}  // namespace

int calibrate_import(const ImportOptions& options) {
  ImportRequest request;
  request.format = options.format;
  request.op = table_operator(options.op);
  request.columns = pairs_of(options.columns, "--column");
  request.where = pairs_of(options.where, "--where");
  if (!options.sum.empty()) {
    const auto [column, names] = pair_of(options.sum, "--sum", "kernel=recurrence,convolution");
    request.sum_column = column;
    boost::algorithm::split(request.sum_names, names, boost::is_any_of(","));
  }
  const ImportedTable table = import_table(fit::CsvTable::load(options.in), request);
  write_whole(options.out, table.csv);
  fmt::print("{} rows written to {}, {} left out\n", table.rows, options.out, table.left_out);
  return kOk;
}

}  // namespace kvsim::cli
