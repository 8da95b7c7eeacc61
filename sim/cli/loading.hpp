// From the command line to a study that can run.
#pragma once

#include "sim/cli/options.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cli {

/// Loads, applies the flags, prints the loader's notes to stderr (not with --quiet) and checks
/// that every run can start. Throws ConfigError and DoesNotFit, naming the run.
[[nodiscard]] spec::StudySpec load(const RunOptions& options);

}  // namespace kvsim::cli
