// kvsim sweep run: the points of one shard, into a folder that all shards may share.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sim/base/diagnostic.hpp"
#include "sim/cli/loading.hpp"
#include "sim/cli/shard_file.hpp"
#include "sim/cli/stopped.hpp"
#include "sim/cli/study_job.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/plan/side_by_side.hpp"

namespace kvsim::cli {
namespace {

RunOptions options_of(const Shard& shard, const ShardOptions& options) {
  RunOptions run =
      flags_of(shard, options.study,
               fmt::format("say where it is: kvsim sweep run {} --study PATH ...", options.shard));
  run.jobs = options.jobs;
  run.quiet = options.quiet;
  return run;
}

// Nothing when the study has no such point.
std::optional<std::size_t> number_of(const ShardPoint& point, const spec::StudySpec& study,
                                     std::int64_t replicates) {
  const auto run = std::find_if(study.runs.begin(), study.runs.end(),
                                [&](const spec::RunSpec& each) { return each.id == point.run; });
  if (run == study.runs.end() || point.replicate < 0 || point.replicate > replicates) {
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(run - study.runs.begin());
  return index + static_cast<std::size_t>(point.replicate) * study.runs.size();
}

// The numbers of the shard's points, if they are still what split saw.
std::vector<std::size_t> simulations_in(const Shard& shard, const spec::StudySpec& study,
                                        const PointKeys& keys, const std::string& file) {
  std::vector<std::size_t> simulations;
  for (const ShardPoint& point : shard.points) {
    const std::size_t runs = study.runs.size();
    const auto number = number_of(point, study, shard.asked.replicates);
    if (!number || keys.of(*number % runs, *number / runs) != point.key) {
      refuse_input(
          {file},
          fmt::format("point '{}' is another here than where the shard was written", point.run),
          {"the study, a file that it names, a card or the program is not the same",
           "take them from there, or split again here: kvsim sweep split"});
    }
    simulations.push_back(*number);
  }
  return simulations;
}

// What is left of this shard; the points of other shards count as done.
plan::TimeToGo to_go_of(const spec::StudySpec& study, const RunOptions& options,
                        const std::vector<std::size_t>& simulations) {
  const auto replicates = static_cast<std::size_t>(options.replicate.replicates);
  auto to_go = plan::TimeToGo::of(study, replicates, plan::workers_for(options.jobs));
  for (std::size_t i = 0; i < study.runs.size() * (1 + replicates); ++i) {
    if (!std::binary_search(simulations.begin(), simulations.end(), i)) {
      to_go.finished(i, 0);
    }
  }
  return to_go;
}

}  // namespace

int run_shard(const ShardOptions& options) {
  const Shard shard = read_shard(options.shard);
  const RunOptions run = options_of(shard, options);
  spec::StudySpec study = load(run);
  add_traces(study);
  StudyPoints points(study, static_cast<std::size_t>(run.replicate.replicates), options.points,
                     StudyPoints::Afterwards::Keep);
  std::vector<std::size_t> simulations = simulations_in(shard, study, points.keys(), options.shard);
  std::sort(simulations.begin(), simulations.end());
  points.expect(simulations.size());
  Progress progress(Progress::manner(run.quiet), simulations.size(),
                    to_go_of(study, run, simulations));
  const HowToRun how{engine::Stepper::Macro, run.jobs, run.replicate};
  or_say_how_to_go_on(&points, [&] {
    simulate_points(study, how, progress, points, simulations);
    return 0;
  });
  fmt::print("shard {} of {}: all {} points lie in {}\n", shard.number, shard.of,
             simulations.size(), options.points);
  return 0;
}

}  // namespace kvsim::cli
