// What kvsim run and kvsim rerun have in common: the same flags give the same bytes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cli/options.hpp"
#include "sim/cli/study_runner.hpp"
#include "sim/report/output_directory.hpp"
#include "sim/report/study_results.hpp"

namespace kvsim::cli {

/// A file of an output folder, and what the runs write side by side for it.
struct PartedFile {
  std::filesystem::path whole;
  std::vector<std::filesystem::path> parts;

  PartedFile(report::OutputDirectory& folder, const std::string& name, std::string_view part,
             std::size_t runs);
  [[nodiscard]] PartFile by_run() const;
};

/// Adds every trace that the study replays to its inputs, once, with the hash of its bytes. What is
/// no plain file has none: it can be read only once.
void add_traces(spec::StudySpec& study);

/// All runs and replicates of a study, as `options` ask for them.
[[nodiscard]] report::StudyResults simulate_study(const spec::StudySpec& study,
                                                  const RunOptions& options, const RunFiles& files);

}  // namespace kvsim::cli
