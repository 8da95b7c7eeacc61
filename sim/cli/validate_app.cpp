#include "sim/cli/validate_app.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "sim/cli/flags.hpp"
#include "sim/cli/replicate_flags.hpp"

namespace kvsim::cli {
namespace {

constexpr const char* kValidateFooter =
    R"(A map (configs/validation, or your own) says which column is what, and which
flags the servers had. Nothing is fitted to the rows but host time, and rows
that were used for that are in no error.

Examples:
  kvsim validate --measured silicon.csv
  kvsim validate --measured bench.json --set model=phi-4 --set cluster.gpu=l40s
  kvsim validate --measured t.csv --map m.yaml --replicates 20 --format json)";

}  // namespace

void add_validate(CLI::App& app, std::function<int()>& command) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App* validate = app.add_subcommand("validate", "predicted beside measured servers");
  CLI::Option* measured =
      validate->add_option("--measured", options->measured, "CSV of rows, or JSON of vllm bench")
          ->type_name("FILE");
  validate->add_option("--data", options->data, "folder with the tables of all maps")
      ->type_name("DIR")
      ->excludes(measured);
  validate->add_option("--map", options->map, "name or file; absent: by the columns");
  add_sets(*validate, options->sets, "set a key of every row: a.b=c (repeatable)");
  add_replicates(*validate, options->replicate,
                 "runs for error bars; with --data of maps with targets");
  validate->add_option("--jobs", options->jobs, "rows side by side; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  validate->add_option("--format", options->format, "what to print")
      ->check(CLI::IsMember({"table", "json", "csv", "md"}))
      ->capture_default_str();
  validate->add_option("--out", options->out, "also write this page (Markdown)")
      ->type_name("FILE.md");
  validate->add_flag("--quiet", options->quiet, "no progress on stderr");
  validate->footer(kValidateFooter);
  validate->callback(
      [options, &command] { command = [options] { return validate_measured(*options); }; });
}

}  // namespace kvsim::cli
