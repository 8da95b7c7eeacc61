// What a rerun finds changed since the first run.
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/report/manifest_reader.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cli {

/// What a rerun must reproduce. The pages beside these follow from them, and from the library of
/// charts that is there.
inline constexpr std::array<std::string_view, 2> kReproduced = {"result.json", "requests.csv"};

/// A diagnostic per input that is another file than it was, is read no longer, or was not read
/// then. `study_path` is where the study lies now; its neighbours may have moved with it.
[[nodiscard]] std::vector<Diagnostic> changed_inputs(const report::Manifest& manifest,
                                                     const spec::StudySpec& study,
                                                     const std::string& study_path);

/// A diagnostic per output in `folder` that is no longer what was written. What is not there at all
/// is not missed: its hash is in the manifest.
[[nodiscard]] std::vector<Diagnostic> changed_outputs(const report::Manifest& manifest,
                                                      const std::filesystem::path& folder);

}  // namespace kvsim::cli
