// Other tools' tables of measured kernels, column by column, in the words of fit/samples.hpp.
//
//   aiconfigurator   *_perf.txt of NVIDIA's ai-dynamo/aiconfigurator: latency in milliseconds
//   vidur            attention.csv and mlp.csv of microsoft/vidur's profiling folder: milliseconds.
//                    Of mlp.csv the three products whose shape its columns tell: attn_post_proj,
//                    mlp_up_proj, mlp_down_proj
//   llmservingsim    attention.csv and dense.csv of casys-kaist/LLMServingSim, vLLM 0.19.0: heads
//   and
//                    shapes are not in them, say --column heads=32; those of the whole model, rows
//                    are divided by their tp
//   csv              any table whose columns are ours or are named by --column
#pragma once

#include <string>
#include <vector>

#include "calibration/fit/csv_table.hpp"
#include "sim/spec/card.hpp"

namespace kvsim::cli {

/// One of our columns. A value of it is the product of `factors`: a column of theirs, a number,
/// "/column" to divide by it, "+column" to add it to the product so far, "1+column" (a flag).
struct ImportColumn {
  std::string ours;
  std::vector<std::string> factors;
  bool text = false;  ///< copied as it is
  bool required = true;
};

/// How one row of theirs becomes a row of ours.
struct ImportRule {
  std::vector<ImportColumn> columns;
  std::vector<std::pair<std::string, std::vector<std::string>>> keep;  ///< column, one of these
};

/// Rules for a format and an operator; a row of theirs gives one row per rule that keeps it.
/// Throws ConfigError where the tool has no such table.
[[nodiscard]] std::vector<ImportRule> import_rules(const std::string& format,
                                                   spec::CardOperator op);

struct ImportRequest {
  std::string format;
  spec::CardOperator op = spec::CardOperator::Gemm;
  std::vector<std::pair<std::string, std::string>> columns;  ///< ours, theirs or a number
  std::vector<std::pair<std::string, std::string>> where;    ///< theirs, text
  /// A column of theirs and names in it, or nothing. Rows that are alike but for it are one call:
  /// the times of these names are added, a name given twice counts twice. Calls without all of them
  /// are left out.
  std::string sum_column;
  std::vector<std::string> sum_names;
};

struct ImportedTable {
  std::string csv;
  int rows = 0;
  int left_out = 0;  ///< rows of theirs that are of another kind
};

/// Throws one ConfigError that names every column of theirs that is missing, or says that no row is
/// left.
[[nodiscard]] ImportedTable import_table(const fit::CsvTable& theirs, const ImportRequest& request);

}  // namespace kvsim::cli
