#include "sim/cli/study_job.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/sha256.hpp"
#include "sim/plan/side_by_side.hpp"

namespace kvsim::cli {
namespace {

engine::Stepper stepper_of(const RunOptions& options) {
  return options.stepper == "step" ? engine::Stepper::Step : engine::Stepper::Macro;
}

}  // namespace

PartedFile::PartedFile(report::OutputDirectory& folder, const std::string& name,
                       std::string_view part, std::size_t runs)
    : whole(folder.path_for(name)) {
  for (std::size_t i = 0; i < runs; ++i) {
    parts.push_back(whole.parent_path() / fmt::format("{}-{}", part, i));
  }
}

PartFile PartedFile::by_run() const {
  return [this](std::size_t run) { return parts[run]; };
}

void add_traces(spec::StudySpec& study) {
  for (const spec::RunSpec& run : study.runs) {
    const auto& trace = run.workload.trace;
    const auto is_trace = [&](const spec::InputFile& input) { return input.path == *trace; };
    std::error_code error;
    if (!trace || std::any_of(study.inputs.begin(), study.inputs.end(), is_trace) ||
        !std::filesystem::is_regular_file(*trace, error)) {
      continue;
    }
    if (auto hash = sha256_of_file(*trace)) {
      study.inputs.push_back({*trace, std::move(*hash)});
    }
  }
}

report::StudyResults simulate_study(const spec::StudySpec& study, const RunOptions& options,
                                    const RunFiles& files) {
  const HowToRun how{stepper_of(options), options.jobs, options.replicate};
  Progress progress(Progress::manner(options.quiet), simulations_of(study, how),
                    plan::TimeToGo::of(study, static_cast<std::size_t>(how.replicate.replicates),
                                       plan::workers_for(how.jobs)));
  return {study.name, simulate_all(study, how, progress, files), study.warnings};
}

}  // namespace kvsim::cli
