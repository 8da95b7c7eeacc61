// The targets of kernel prices, beside what the shipped cards reach.
#pragma once

#include <string>
#include <vector>

#include "sim/spec/card.hpp"

namespace kvsim::cli {

/// One line of the first table: a card, which of its rows, the most that its errors may be.
struct KernelTarget {
  std::string what;
  std::string card;    ///< name
  std::string regime;  ///< empty: all judged rows
  double mape = 0;     ///< as fractions; 0: no limit
  double p95 = 0;
  double wape = 0;
  std::string cause;  ///< found where it is missed
};

[[nodiscard]] const std::vector<KernelTarget>& kernel_targets();

/// The file below kernels/ that a card's rows are in; empty: none.
[[nodiscard]] std::string table_of(const spec::CardSpec& card);

}  // namespace kvsim::cli
