// Simulates the runs of a study side by side; the answer does not depend on how many at once.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "sim/cli/progress.hpp"
#include "sim/engine/stepper.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::cli {

/// `part(i)` says where the rows of run i go; without it no rows are kept.
/// Throws what the first failing run (in study order) throws; Interrupted after a signal.
[[nodiscard]] std::vector<spec::RunResult> simulate_all(
    const spec::StudySpec& study, engine::Stepper stepper, int jobs, Progress& progress,
    const std::function<std::filesystem::path(std::size_t)>& part);

}  // namespace kvsim::cli
