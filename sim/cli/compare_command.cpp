// kvsim compare: two results side by side.
#include <fmt/format.h>

#include "sim/cli/commands.hpp"
#include "sim/cli/result_files.hpp"
#include "sim/cli/results_commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/report/comparison.hpp"
#include "sim/report/render.hpp"

namespace kvsim::cli {
namespace {

report::ResultText read(const std::string& path) {
  const std::filesystem::path file = file_in(path, "result.json");
  return {file.string(), read_whole(file,
                                    "give a folder that kvsim run --out wrote, or its "
                                    "result.json")};
}

void print(const CompareOptions& options, const report::Comparison& comparison) {
  if (options.format == "json") {
    fmt::print("{}", report::comparison_json(comparison));
    return;
  }
  report::Report summary = report::comparison_report(comparison);
  if (options.format == "csv") {
    fmt::print("{}", report::to_csv(summary));
  } else if (options.format == "md") {
    fmt::print("{}", report::to_markdown(summary));
  } else {
    summary.title.clear();  // the first line is the answer
    fmt::print("{}", report::to_terminal(summary, {.bold = stdout_is_styled()}));
  }
}

int judged(const report::Comparison& comparison, double percent) {
  const std::vector<std::string> lines = report::beyond(comparison, percent);
  for (const std::string& line : lines) {
    fmt::print(stderr, "differs by more than {} %: {}\n", percent, line);
  }
  return lines.empty() ? kOk : kLimitsNotMet;
}

}  // namespace

int compare_results(const CompareOptions& options) {
  const report::Comparison comparison =
      report::compare(read(options.a), read(options.b), {options.all, options.metrics});
  print(options, comparison);
  return options.fail_on_difference ? judged(comparison, *options.fail_on_difference) : kOk;
}

}  // namespace kvsim::cli
