// kvsim sweep merge: a folder that split wrote knows the study and its flags; a study does not.
#include <filesystem>

#include "sim/base/diagnostic.hpp"
#include "sim/cli/shard_file.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/report/command_line.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

RunOptions of_study(const MergeOptions& options) {
  for (const auto& [flag, value] :
       {std::pair("--points", &options.run.points), std::pair("--out", &options.run.out)}) {
    if (value->empty()) {
      refuse_input({flag}, "a study does not say which folder this is",
                   {"add it, or merge the folder that split wrote: kvsim sweep merge DIR"});
    }
  }
  if (!options.study_now.empty()) {
    refuse_input({"--study"}, "is for a folder that split wrote",
                 {"leave it out: the study is given"});
  }
  return options.run;
}

void refuse_flags_of_split(const RunOptions& asked) {
  if (!asked.sets.empty() || asked.seed != 0 || asked.skip_bad_lines ||
      asked.replicate.replicates != 0) {
    refuse_input(
        {asked.study}, "knows the flags that split was given, and others make other points",
        {"leave out --set, --seed, --replicates and --skip-bad-lines, or split again with them"});
  }
}

RunOptions of_folder(const MergeOptions& options) {
  const RunOptions& asked = options.run;
  refuse_flags_of_split(asked);
  const fs::path folder(asked.study);
  const Shard common = read_shard((folder / kSplitFile).string());
  RunOptions run = flags_of(
      common, options.study_now,
      "say where it is: kvsim sweep merge " + report::shell_word(asked.study) + " --study PATH");
  run.points = asked.points.empty() ? (folder / "points").string() : asked.points;
  run.out = asked.out.empty() ? (folder / "out").string() : asked.out;
  run.format = asked.format;
  run.page = asked.page;
  run.quiet = asked.quiet;
  run.argv = asked.argv;
  return run;
}

}  // namespace

int merge_sweep(const MergeOptions& options) {
  std::error_code error;
  const bool is_folder = fs::is_directory(options.run.study, error);
  return merge_points(is_folder ? of_folder(options) : of_study(options));
}

}  // namespace kvsim::cli
