// How to get the same page again: the part of the manifest that does not change from run to run.
#pragma once

#include <string>
#include <vector>

#include "sim/report/table.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::report {

/// What a study was asked for on the command line.
struct Asked {
  std::vector<std::string> sets;  ///< arguments of --set
  std::uint64_t seed = 0;
  std::int64_t replicates = 0;
  double confidence = 0;
  bool skip_bad_lines = false;
  std::string page{};           ///< argument of --template; empty: none
  std::string command = "run";  ///< or "plan"
};

/// `inputs`: the study's own file first.
[[nodiscard]] Table reproduction_table(const std::string& study,
                                       const std::vector<spec::InputFile>& inputs,
                                       const Asked& asked);

}  // namespace kvsim::report
