#include "sim/cli/sweep_app.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/replicate_flags.hpp"
#include "sim/cli/study_flags.hpp"
#include "sim/cli/sweep_commands.hpp"

namespace kvsim::cli {
namespace {

using Command = std::function<int()>;

constexpr const char* kSweepFooter =
    R"(A point is one simulation: a run of the study, or one of its replicates. split
writes which process simulates which; run stores the points of one shard in a
folder that all may share, and goes on where it was killed; merge writes what
kvsim run STUDY --out DIR writes, byte for byte.

Examples:
  kvsim sweep split configs/studies/mha-vs-mla.yaml --shards 2 --out out/s
  kvsim sweep run out/s/shard-1-of-2.json --points out/s/points
  kvsim sweep merge out/s)";

constexpr const char* kSplitFooter =
    R"(Prints the commands that come next. Flags that change results travel in the
shards, and in sweep.json for merge.

Examples:
  kvsim sweep split configs/studies/mha-vs-mla.yaml --shards 2 --out out/s
  kvsim sweep split study.yaml --shards 8 --replicates 40 --out out/s
  kvsim sweep split study.yaml --shards 3 --replicates 20 --out s | sh)";

constexpr const char* kShardFooter =
    R"(Needs the study, the files it names and the same kvsim as split; finds another
one out and refuses it. The same command goes on where it was stopped.

Examples:
  kvsim sweep run out/s/shard-1-of-2.json --points out/s/points
  kvsim sweep run out/s/shard-2-of-2.json --points out/s/points --jobs 1
  kvsim sweep run out/s/shard-2-of-2.json --points out/s/points --quiet)";

constexpr const char* kMergeFooter =
    R"(The folder that split wrote knows the study and its flags; a study needs them
again, with --points and --out. Exit code 2 when points are missing, with the
command that simulates them.

Examples:
  kvsim sweep merge out/s
  kvsim sweep merge out/s --points out/s/points --out out/m --format md
  kvsim sweep merge study.yaml --replicates 40 --points out/s/points --out out/m)";

CLI::Option* add_points(CLI::App& app, std::string& points, const std::string& description) {
  return app.add_option("--points", points, description)->type_name("DIR");
}

void add_split(CLI::App& sweep, Command& command) {
  auto options = std::make_shared<SplitOptions>();
  CLI::App* split = sweep.add_subcommand("split", "which points to which process");
  add_study_flags(*split, options->run);
  split->add_option("--shards", options->shards, "how many")
      ->check(CLI::Range(1, 100'000))
      ->required();
  split->add_option("--out", options->run.out, "folder for shard-1-of-N.json, ...")
      ->type_name("DIR")
      ->required();
  add_replicates(*split, options->run.replicate, "runs for error bars; 0: none");
  split->footer(kSplitFooter);
  split->callback([options, &command] { command = [options] { return split_sweep(*options); }; });
}

void add_shard(CLI::App& sweep, Command& command) {
  auto options = std::make_shared<ShardOptions>();
  CLI::App* run = sweep.add_subcommand("run", "simulate the points of a shard");
  run->add_option("SHARD", options->shard, "file that kvsim sweep split wrote")->required();
  add_points(*run, options->points, "folder of finished points")->required();
  run->add_option("--study", options->study, "where the study lies now")->type_name("FILE");
  run->add_option("--jobs", options->jobs, "runs side by side; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  run->add_flag("--quiet", options->quiet, "no notes and no progress on stderr");
  run->footer(kShardFooter);
  run->callback([options, &command] { command = [options] { return run_shard(*options); }; });
}

void add_merge(CLI::App& sweep, Command& command, const std::vector<std::string>& argv) {
  auto options = std::make_shared<MergeOptions>();
  options->run.argv = argv;
  CLI::App* merge = sweep.add_subcommand("merge", "the output, from finished points");
  add_study_flags(*merge, options->run);
  merge->get_option("STUDY")->description("FOLDER that split wrote, or the study file");
  add_points(*merge, options->run.points, "finished points; absent: FOLDER/points");
  merge->add_option("--out", options->run.out, "folder for the output; absent: FOLDER/out")
      ->type_name("DIR");
  merge->add_option("--study", options->study_now, "where the study lies now")->type_name("FILE");
  add_replicates(*merge, options->run.replicate, "as given to split");
  add_page_flags(*merge, options->run);
  merge->footer(kMergeFooter);
  merge->callback([options, &command] { command = [options] { return merge_sweep(*options); }; });
}

}  // namespace

void add_sweep(CLI::App& app, Command& command, const std::vector<std::string>& argv) {
  CLI::App* sweep = app.add_subcommand("sweep", "the same in shards: split, run, merge");
  sweep->require_subcommand(1);
  sweep->footer(kSweepFooter);
  add_split(*sweep, command);
  add_shard(*sweep, command);
  add_merge(*sweep, command, argv);
}

}  // namespace kvsim::cli
