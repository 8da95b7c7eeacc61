// kvsim run: load, simulate, write, print.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "sim/base/sha256.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/loading.hpp"
#include "sim/cli/replicate_flags.hpp"
#include "sim/cli/study_job.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/report/manifest_json.hpp"
#include "sim/report/output_directory.hpp"
#include "sim/report/render.hpp"
#include "sim/report/reproduction.hpp"
#include "sim/report/requests_csv.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/slo.hpp"
#include "sim/report/tables.hpp"
#include "sim/report/vllm_json.hpp"

namespace kvsim::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// --strict: every simulated second must be priced inside a measured or fitted card's domain.
void refuse_extrapolation(const std::vector<spec::RunResult>& results) {
  std::vector<Diagnostic> faults;
  for (const spec::RunResult& result : results) {
    for (const auto tag : {spec::Provenance::Extrapolated, spec::Provenance::Datasheet}) {
      const Duration time = result.metrics.time_by_provenance[static_cast<std::size_t>(tag)];
      if (time > Duration()) {
        faults.push_back({.place = {fmt::format("run '{}'", result.spec.id), 0, 0},
                          .message = fmt::format("{} s of simulated time are priced by {} cards, "
                                                 "which --strict refuses",
                                                 format_seconds(time, 3),
                                                 spec::name_of(tag, spec::kProvenanceNames)),
                          .path = {},
                          .source_line = {},
                          .notes = {"run without --strict to see which cards, or calibrate this "
                                    "GPU"}});
      }
    }
  }
  if (!faults.empty()) {
    throw ConfigError(std::move(faults));
  }
}

void print(const RunOptions& options, const report::StudyResults& results) {
  if (options.format == "json") {
    fmt::print("{}", report::result_json(results));
  } else if (options.format == "vllm") {
    for (const spec::RunResult& run : results.runs) {
      fmt::print("{}", report::vllm_json(run));
    }
  } else if (options.format == "csv") {
    fmt::print("{}", report::to_csv(report::make_report(results)));
  } else if (options.format == "md") {
    fmt::print("{}", report::to_markdown(report::make_report(results)));
  } else {
    fmt::print("{}", report::to_terminal(report::make_report(results),
                                         {.bold = stdout_is_styled(), .brief = true}));
  }
}

// The library that draws the charts, as ./dev leaves it; empty when there is none.
std::string vega_bundle() {
  const char* named = std::getenv("KVSIM_VEGA_BUNDLE");
  const std::filesystem::path home = library().configs.parent_path();
  std::ifstream file(named != nullptr ? std::filesystem::path(named)
                                      : home / ".venv" / "share" / "kvsim" / "vega_bundle.js",
                     std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

report::Asked asked(const RunOptions& options) {
  return {options.sets, options.seed, options.replicate.replicates, options.replicate.confidence,
          options.skip_bad_lines};
}

void write_reports(report::OutputDirectory& out, const report::StudyResults& results,
                   const spec::StudySpec& study, const RunOptions& options,
                   report::ManifestInfo info) {
  const std::string bundle = vega_bundle();
  const report::Report summary = report::make_report(results);
  report::write_file(out.path_for("result.json"), report::result_json(results));
  report::write_file(out.path_for("report.md"), report::to_markdown(summary));
  report::write_file(
      out.path_for("report.html"),
      report::to_html(summary, {bundle, {report::reproduction_table(study, asked(options))}}));
  for (const char* name : {"result.json", "requests.csv", "report.md", "report.html"}) {
    info.outputs.push_back({name, sha256_of_file(out.path_for(name)).value_or("")});
  }
  report::write_file(out.path_for("manifest.json"), report::manifest_json(info, study, results));
}

// What a run leaves behind: nothing until commit().
class Output {
 public:
  Output(const RunOptions& options, std::size_t runs) {
    if (!options.out.empty()) {
      folder_.emplace(options.out);
      requests_.emplace(*folder_, "requests.csv", "rows", runs);
    }
    if (!options.schedule_trace.empty()) {
      const std::filesystem::path path(options.schedule_trace);
      trace_folder_.emplace(path.has_parent_path() ? path.parent_path() : ".");
      schedule_.emplace(*trace_folder_, path.filename().string(), "steps", runs);
    }
  }
  [[nodiscard]] RunFiles files() const {
    return {requests_ ? requests_->by_run() : PartFile(),
            schedule_ ? schedule_->by_run() : PartFile()};
  }
  void commit(const report::StudyResults& results, const spec::StudySpec& study,
              const RunOptions& options, const report::ManifestInfo& info) {
    if (schedule_) {
      report::join_parts("", schedule_->parts, schedule_->whole);
    }
    if (folder_) {
      report::concatenate_requests_csv(requests_->parts, requests_->whole);
      write_reports(*folder_, results, study, options, info);
      folder_->commit();
    }
    if (trace_folder_) {
      trace_folder_->commit();
    }
  }

 private:
  std::optional<report::OutputDirectory> folder_, trace_folder_;
  std::optional<PartedFile> requests_, schedule_;
};

report::ManifestInfo manifest_info(const RunOptions& options) {
  report::ManifestInfo info;
  info.argv = options.argv;
  info.study_path = options.study;
  info.sets = options.sets;
  info.skip_bad_lines = options.skip_bad_lines;
  info.seed = options.seed;
  info.replicates = options.replicate.replicates;
  info.confidence = options.replicate.confidence;
  info.stepper = options.schedule_trace.empty() ? options.stepper : "step";
  return info;
}

void say_what_was_written(const RunOptions& options) {
  if (!options.out.empty()) {
    fmt::print(stderr, "written: {}\n",
               (std::filesystem::path(options.out) / "report.html").string());
  }
  if (!options.schedule_trace.empty()) {
    fmt::print(stderr, "written: {}\n", options.schedule_trace);
  }
  if (options.out.empty() && options.schedule_trace.empty()) {
    fmt::print(stderr,
               "nothing written; add --out DIR for report.html, result.json, requests.csv\n");
  }
}

}  // namespace

int run_study(const RunOptions& options) {
  refuse_few_replicates(options.replicate);
  const auto begin = Clock::now();
  spec::StudySpec study = load(options);
  Output output(options, study.runs.size());
  if (!options.out.empty()) {
    add_traces(study);
  }
  report::ManifestInfo info = manifest_info(options);
  info.setup_seconds = seconds_since(begin);
  const auto simulation = Clock::now();
  const report::StudyResults results = simulate_study(study, options, output.files());
  info.simulation_seconds = seconds_since(simulation);
  info.peak_rss = report::peak_rss();
  if (options.strict) {
    refuse_extrapolation(results.runs);
  }
  output.commit(results, study, options, info);
  print(options, results);
  static_cast<void>(std::fflush(stdout));
  if (!options.quiet) {
    say_what_was_written(options);
  }
  return options.fail_on_slo && !report::all_limits_met(results.runs) ? kLimitsNotMet : kOk;
}

}  // namespace kvsim::cli
