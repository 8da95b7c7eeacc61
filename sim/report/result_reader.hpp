// Reads a result.json back. Internal to the room; comparison.hpp is the door.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/report/comparison.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::report {

/// What was read of one run.
struct ReadRun {
  std::string id;
  std::string variant;
  std::string stability;
  std::vector<std::pair<std::string, std::string>> overrides;
  std::vector<std::pair<std::string, Value>> numbers;  ///< by name, in the order of the file
  std::vector<spec::Interval> intervals;
};

struct ReadResult {
  std::string name;
  std::string study;
  std::string kvsim_version;
  std::vector<ReadRun> runs;
};

/// Throws ConfigError that names the file: no JSON, no result of kvsim, or of another schema.
[[nodiscard]] ReadResult read_result(const ResultText& text);

/// monostate when the run has no such number.
[[nodiscard]] Value number_of(const ReadRun& run, std::string_view name);

/// The interval of a metric by its name in `numbers`.
[[nodiscard]] std::optional<Range> interval_of(const ReadRun& run, std::string_view name);

}  // namespace kvsim::report
