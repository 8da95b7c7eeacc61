// raw.csv of kvsim-calibrate (calibration/bench/raw_csv.hpp) as tables that `samples_of` reads.
//
// Each sample of a card is a row; its median is the time. Batches of unequal contexts, other
// kernels on the same shape and the machine's own figures are for reports, not for cards. Samples
// that moved more bytes per second than the best streaming read of their run are left out, and
// counted: some of their data came from L2.
#pragma once

#include <string>
#include <vector>

#include "calibration/fit/csv_table.hpp"
#include "sim/spec/card.hpp"

namespace kvsim::fit {

inline constexpr std::string_view kOwnStack = "kvsim-cuda";  ///< only what this project measured

/// What one card is made of.
struct RawGroup {
  spec::CardOperator op;
  std::string dtype;
  friend bool operator==(const RawGroup&, const RawGroup&) = default;
};

struct RawTable {
  CsvTable table;
  int above_peak = 0;  ///< samples left out
};

/// In the order of the file. Throws ConfigError: columns that raw.csv has are missing.
[[nodiscard]] std::vector<RawGroup> groups_of(const CsvTable& raw);

/// Throws ConfigError: a shape that cannot be read, or no sample left.
[[nodiscard]] RawTable table_of(const CsvTable& raw, const RawGroup& group);

}  // namespace kvsim::fit
