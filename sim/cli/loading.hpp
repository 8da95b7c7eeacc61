// From the command line to a study that can run.
#pragma once

#include <optional>

#include "sim/cli/options.hpp"
#include "sim/spec/plan.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::cli {

/// Loads, applies the flags, prints the loader's notes to stderr (not with --quiet) and checks
/// that every run can start. Throws ConfigError and DoesNotFit, naming the run.
[[nodiscard]] spec::StudySpec load(const RunOptions& options);

/// What the study's `plan` asks, without cards; nothing where it has none. Prints notes as load().
[[nodiscard]] std::optional<spec::PlanStudy> load_plan_if_any(const RunOptions& options);

}  // namespace kvsim::cli
