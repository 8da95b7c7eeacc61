#include "sim/cli/study_flags.hpp"

#include <CLI/CLI.hpp>

#include "sim/cli/flags.hpp"

namespace kvsim::cli {

void add_study_flags(CLI::App& app, RunOptions& options) {
  app.add_option("STUDY", options.study, "study file (YAML)")->required();
  add_sets(app, options.sets, "override a key: a.b=c (repeatable)");
  add_seed(app, options.seed);
  app.add_flag("--skip-bad-lines", options.skip_bad_lines, "count malformed trace lines, go on");
  app.add_flag("--quiet", options.quiet, "no notes and no progress on stderr");
}

void add_page_flags(CLI::App& app, RunOptions& options) {
  app.add_option("--format", options.format, "what to print")
      ->check(CLI::IsMember({"table", "json", "csv", "md", "vllm"}))
      ->capture_default_str();
  app.add_option("--template", options.page, "page to write; absent: as the study says")
      ->type_name("NAME|FILE.yaml");
}

}  // namespace kvsim::cli
