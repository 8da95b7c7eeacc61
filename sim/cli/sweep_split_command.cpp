// kvsim sweep split: which process simulates which points.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/base/diagnostic.hpp"
#include "sim/cli/loading.hpp"
#include "sim/cli/point_keys.hpp"
#include "sim/cli/replicate_flags.hpp"
#include "sim/cli/shard_file.hpp"
#include "sim/cli/study_job.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/plan/run_cost.hpp"
#include "sim/report/command_line.hpp"
#include "sim/report/output_directory.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

// Seconds that each run of the study should take; those of traces are taken for alike.
std::vector<double> costs_of(const spec::StudySpec& study) {
  std::vector<double> costs;
  for (const spec::RunSpec& run : study.runs) {
    const auto cost = plan::expected_cost(run);
    costs.push_back(cost ? cost->seconds : 1.0);
  }
  return costs;
}

// The longest first, each to the shard that has least so far: within a third of the best
// (R. L. Graham, "Bounds on multiprocessing timing anomalies", 1969). Inside a shard the points
// keep the order of the study, runs before replicates.
std::vector<std::vector<std::size_t>> shared_out(std::size_t simulations,
                                                 const std::vector<double>& costs,
                                                 std::size_t shards) {
  const auto cost = [&](std::size_t i) { return costs[i % costs.size()]; };
  std::vector<std::size_t> order(simulations);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return cost(a) > cost(b); });
  std::vector<std::vector<std::size_t>> shares(shards);
  std::vector<double> loads(shards);
  for (const std::size_t simulation : order) {
    const auto least =
        static_cast<std::size_t>(std::min_element(loads.begin(), loads.end()) - loads.begin());
    loads[least] += cost(simulation);
    shares[least].push_back(simulation);
  }
  for (std::vector<std::size_t>& share : shares) {
    std::sort(share.begin(), share.end());
  }
  return shares;
}

ShardPoint point_of(const spec::StudySpec& study, const PointKeys& keys, std::size_t simulation) {
  const std::size_t run = simulation % study.runs.size();
  const std::size_t replicate = simulation / study.runs.size();
  const auto key = keys.of(run, replicate);
  if (!key) {
    refuse_input({*study.runs[run].workload.trace},
                 "can be read only once, so its runs cannot be split", {"write it to a file"});
  }
  return {study.runs[run].id, static_cast<std::int64_t>(replicate), *key};
}

std::string shard_name(std::size_t number, std::size_t of) {
  return fmt::format("shard-{}-of-{}.json", number, of);
}

// One line each, for a shell.
void print_commands(const SplitOptions& options) {
  const fs::path folder(options.run.out);
  const std::string points = report::shell_word((folder / "points").string());
  for (std::size_t i = 1; i <= options.shards; ++i) {
    fmt::print("kvsim sweep run {} --points {}\n",
               report::shell_word((folder / shard_name(i, options.shards)).string()), points);
  }
  fmt::print("kvsim sweep merge {}\n", report::shell_word(folder.string()));
}

}  // namespace

int split_sweep(const SplitOptions& options) {
  refuse_few_replicates(options.run.replicate);
  spec::StudySpec study = load(options.run);
  add_traces(study);
  const PointKeys keys(study);
  const std::size_t simulations = simulations_of(study, {.replicate = options.run.replicate});
  if (options.shards > simulations) {
    refuse_input({"--shards"}, fmt::format("the study has {} point(s) only", simulations),
                 {fmt::format("ask for {} or fewer; --replicates makes more points", simulations)});
  }
  const report::Asked asked{options.run.sets, options.run.seed, options.run.replicate.replicates,
                            options.run.replicate.confidence, options.run.skip_bad_lines};
  const auto shares = shared_out(simulations, costs_of(study), options.shards);
  report::OutputDirectory out(options.run.out);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    Shard shard{i + 1, options.shards, options.run.study, asked, {}};
    for (const std::size_t simulation : shares[i]) {
      shard.points.push_back(point_of(study, keys, simulation));
    }
    report::write_file(out.path_for(shard_name(i + 1, options.shards)), shard_json(shard));
  }
  const Shard common{0, options.shards, options.run.study, asked, {}};
  report::write_file(out.path_for(kSplitFile), shard_json(common));
  out.commit();
  print_commands(options);
  return 0;
}

}  // namespace kvsim::cli
