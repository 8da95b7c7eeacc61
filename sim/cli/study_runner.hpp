// Simulates the runs of a study side by side; the answer does not depend on how many at once.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "sim/cli/progress.hpp"
#include "sim/cli/study_points.hpp"
#include "sim/engine/stepper.hpp"
#include "sim/plan/replicate.hpp"
#include "sim/report/timeline.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::cli {

/// Where run i writes its part of a file; empty: nowhere.
using PartFile = std::function<std::filesystem::path(std::size_t)>;

struct RunFiles {
  PartFile requests;                                      ///< its rows of requests.csv
  PartFile schedule;                                      ///< its lines of the schedule trace
  std::vector<report::RunTimeline>* timelines = nullptr;  ///< one per run; null: none
  StudyPoints* points = nullptr;                          ///< taken from and added to; null: none
  std::function<void(std::size_t)> rows_are_there{};      ///< of this run; called from any thread
};

/// How all runs of a study are simulated.
struct HowToRun {
  engine::Stepper stepper = engine::Stepper::Macro;
  int jobs = 0;                      ///< 0: one per core
  plan::ReplicateOptions replicate;  ///< of each run; 0: no intervals
};

/// Simulations that a study takes, replicates included.
[[nodiscard]] std::size_t simulations_of(const spec::StudySpec& study, const HowToRun& how);

/// Takes those that are among the finished points and simulates the others. Throws what the first
/// failing run (in study order) throws; Interrupted after a signal.
[[nodiscard]] std::vector<spec::RunResult> simulate_all(const spec::StudySpec& study,
                                                        const HowToRun& how, Progress& progress,
                                                        const RunFiles& files);

/// Simulates these of a study's simulations into `points`, but for those that are there. They are
/// numbered as in plan/run_cost.hpp. Throws as above.
void simulate_points(const spec::StudySpec& study, const HowToRun& how, Progress& progress,
                     StudyPoints& points, const std::vector<std::size_t>& simulations);

}  // namespace kvsim::cli
