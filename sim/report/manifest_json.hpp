// manifest.json: what it takes to repeat a study, and how long it took here.
//
// Unlike result.json it differs from run to run: wall time and memory are in it.
#pragma once

#include <string>
#include <vector>

#include "sim/report/study_results.hpp"

namespace kvsim::report {

/// A file that was written, by the name it has in its folder.
struct OutputFile {
  std::string path;
  std::string sha256;
};

struct ManifestInfo {
  std::vector<std::string> argv;
  std::uint64_t seed = 0;
  std::int64_t replicates = 0;    ///< of each run, for intervals
  double confidence = 0;          ///< of those
  std::string stepper;            ///< macro or step
  double setup_seconds = 0;       ///< wall time until the first run started
  double simulation_seconds = 0;  ///< wall time of all runs and replicates
  Bytes peak_rss;                 ///< see peak_rss()
  // What else it takes to run it again: manifest_reader.hpp.
  std::string study_path{};         ///< as it was typed
  std::vector<std::string> sets{};  ///< arguments of --set
  bool skip_bad_lines = false;
  std::vector<OutputFile> outputs{};  ///< written beside the manifest
  std::string command = "run";        ///< or "plan"
};

/// Requires: `results` are those of `study`. Cards that priced no time are left out.
[[nodiscard]] std::string manifest_json(const ManifestInfo& info, const spec::StudySpec& study,
                                        const StudyResults& results);

/// Largest resident memory of this process so far (getrusage).
[[nodiscard]] Bytes peak_rss();

}  // namespace kvsim::report
