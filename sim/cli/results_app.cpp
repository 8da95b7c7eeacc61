#include "sim/cli/results_app.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <memory>

#include "sim/cli/results_commands.hpp"

namespace kvsim::cli {
namespace {

using Command = std::function<int()>;

constexpr const char* kCompareResultsFooter =
    R"(Runs are paired by id, then by variant; who has no partner is listed. With
intervals (kvsim run --replicates) on both sides the verdict says whether they
overlap; that is conservative, and no test of significance.

Examples:
  kvsim compare out/a out/b
  kvsim compare out/a out/b --metrics p99_tpot_ms,kv_cache_tokens --format md
  kvsim compare out/a/result.json out/b/result.json --fail-on-difference 5

Exit codes: 3 with --fail-on-difference when a metric of the headline (or of
--metrics) differs by more, or a run has no partner.)";

constexpr const char* kRerunFooter =
    R"(Checks the study and every other input against the sha256 in DIR/manifest.json,
simulates again, and compares result.json and requests.csv byte for byte.
Nothing in DIR changes. Relative paths are those of the first run.

Examples:
  kvsim rerun out/a
  kvsim rerun out/a --jobs 4
  kvsim rerun out/a --study study.yaml --anyway

Exit codes: 0 same bytes; 1 other bytes from the same version and inputs;
2 an input has changed (--anyway goes on); 3 other bytes, as the version or
an input is another.)";

// What CLI11 wants of a check: empty, or what is wrong. CLI::Range lets nan pass.
std::string fault_of_percent(const std::string& text) {
  const char* end = text.data() + text.size();
  double value = -1;
  const auto [last, error] = std::from_chars(text.data(), end, value);
  const bool fine = error == std::errc() && last == end && std::isfinite(value) && value >= 0;
  return fine ? std::string() : fmt::format("'{}' is no number of percent from 0 on", text);
}

void add_compare_results(CLI::App& app, Command& command) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* compare = app.add_subcommand("compare", "two results side by side");
  compare->add_option("A", options->a, "folder of results, or a result.json")->required();
  compare->add_option("B", options->b, "the other one")->required();
  compare->add_option("--format", options->format, "what to print")
      ->check(CLI::IsMember({"table", "json", "csv", "md"}))
      ->capture_default_str();
  compare->add_option("--metrics", options->metrics, "only these, by their names in result.json")
      ->delimiter(',')
      ->allow_extra_args(false)  // A and B may follow
      ->type_name("NAME,...");
  compare->add_flag("--all", options->all, "every number of result.json");
  compare
      ->add_option("--fail-on-difference", options->fail_on_difference,
                   "exit 3 when something differs by more")
      ->check(fault_of_percent)
      ->type_name("PERCENT");
  compare->footer(kCompareResultsFooter);
  compare->callback(
      [options, &command] { command = [options] { return compare_results(*options); }; });
}

void add_rerun(CLI::App& app, Command& command) {
  auto options = std::make_shared<RerunOptions>();
  CLI::App* again = app.add_subcommand("rerun", "simulate again, compare byte for byte");
  again->add_option("DIR", options->folder, "folder that kvsim run --out wrote")
      ->type_name("DIR")
      ->required();
  again->add_option("--study", options->study, "where the study lies now")->type_name("FILE");
  again->add_option("--jobs", options->jobs, "runs side by side; 0: one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  again->add_flag("--anyway", options->anyway, "go on though an input has changed");
  again->add_flag("--quiet", options->quiet, "no notes and no progress on stderr");
  again->footer(kRerunFooter);
  again->callback([options, &command] { command = [options] { return rerun(*options); }; });
}

}  // namespace

void add_results_commands(CLI::App& app, Command& command) {
  add_compare_results(app, command);
  add_rerun(app, command);
}

}  // namespace kvsim::cli
