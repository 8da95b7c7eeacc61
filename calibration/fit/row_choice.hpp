// Which rows of a table belong together: one stack, one kernel, one format make one card.
//
// Where the command line does not choose, a fit takes the rows that the simulator prices by
// default: 16-bit formats before others, vLLM's before those of other stacks, kernels replayed in
// graphs before eager ones, then the combination with the most rows, then the first by name. A card
// is judged by rows of its own stack, kernel and format, each as far as the table has them: another
// GPU's table may hold other versions only.
#pragma once

#include <string>
#include <vector>

#include "calibration/fit/csv_table.hpp"
#include "sim/spec/card.hpp"

namespace kvsim::fit {

/// Which rows of a table are wanted; empty: all.
struct RowFilter {
  std::string stack;
  std::string kernel;
  std::string dtype;
};

/// What tells the rows of a table apart; columns that it has not are as wanted, or bf16.
struct RowWords {
  std::vector<std::string> stacks;
  std::vector<std::string> kernels;
  std::vector<std::string> dtypes;
  std::vector<bool> wanted;  ///< by the filter, and of the operator
};
/// Requires: tables of `op` are read (checked).
[[nodiscard]] RowWords words_of(spec::CardOperator op, const CsvTable& table,
                                const RowFilter& filter);

/// Rows that agree in all three.
struct Combination {
  RowFilter words;
  int rows = 0;
};
/// Of the wanted rows, the preferred one first.
[[nodiscard]] std::vector<Combination> combinations_of(spec::CardOperator op, const CsvTable& table,
                                                       const RowFilter& filter);

/// `filter` with what it leaves open taken from the card, where the table has such rows.
[[nodiscard]] RowFilter own_rows(const spec::CardSpec& card, const CsvTable& table,
                                 const RowFilter& filter);

/// "vllm-0.24.0 fa3 bf16".
[[nodiscard]] std::string text_of(const RowFilter& words);

}  // namespace kvsim::fit
