// kvsim run: load, simulate, write, print.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "sim/cli/commands.hpp"
#include "sim/cli/loading.hpp"
#include "sim/cli/page.hpp"
#include "sim/cli/replicate_flags.hpp"
#include "sim/cli/run_output.hpp"
#include "sim/cli/study_job.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/config/config.hpp"
#include "sim/report/render.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/slo.hpp"
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

void print(const RunOptions& options, const report::StudyResults& results,
           const report::Report& page) {
  if (options.format == "json") {
    fmt::print("{}", report::result_json(results));
  } else if (options.format == "vllm") {
    for (const spec::RunResult& run : results.runs) {
      fmt::print("{}", report::vllm_json(run));
    }
  } else if (options.format == "csv") {
    fmt::print("{}", report::to_csv(page));
  } else if (options.format == "md") {
    fmt::print("{}", report::to_markdown(page));
  } else {
    fmt::print("{}", report::to_terminal(page, {.bold = stdout_is_styled(), .brief = true}));
  }
}

spec::StudySpec loaded(const RunOptions& options) {
  spec::StudySpec study = load(options);
  if (!options.page.empty()) {
    study.page = config::load_template(options.page, library());
  }
  if (!options.out.empty()) {
    add_traces(study);
  }
  return study;
}

report::Snapshot snapshot_of(report::StudyResults results, const spec::StudySpec& study,
                             const RunOptions& options) {
  return {std::move(results),
          study.page,
          study.inputs,
          {options.sets, options.seed, options.replicate.replicates, options.replicate.confidence,
           options.skip_bad_lines, options.page}};
}

// A template that asks for what the results do not have must not cost them: then the page shows
// everything, and the fault is told.
report::Report sound_page(report::Snapshot& snapshot, bool& is_as_asked) {
  try {
    return page_of(snapshot);
  } catch (const ConfigError& error) {
    fmt::print(stderr, "{}", error.what());
    is_as_asked = false;
    snapshot.page = {};
    return page_of(snapshot);
  }
}

void say_how_to_mend(const RunOptions& options, const std::string& page) {
  fmt::print(stderr, "the page shows everything instead; mend the template{}\n",
             options.out.empty()
                 ? ""
                 : fmt::format(", then: kvsim report {} --template {}", options.out, page));
}

report::ManifestInfo manifest_info(const RunOptions& options) {
  const bool steps = !options.schedule_trace.empty() || !options.timeline.empty();
  report::ManifestInfo info;
  info.argv = options.argv;
  info.study_path = options.study;
  info.sets = options.sets;
  info.skip_bad_lines = options.skip_bad_lines;
  info.seed = options.seed;
  info.replicates = options.replicate.replicates;
  info.confidence = options.replicate.confidence;
  info.stepper = steps ? "step" : options.stepper;
  return info;
}

}  // namespace

int run_study(const RunOptions& options) {
  refuse_few_replicates(options.replicate);
  const auto begin = Clock::now();
  const spec::StudySpec study = loaded(options);
  RunOutput output(options, study);
  report::ManifestInfo info = manifest_info(options);
  info.setup_seconds = seconds_since(begin);
  const auto simulation = Clock::now();
  report::Snapshot snapshot =
      snapshot_of(simulate_study(study, options, output.files()), study, options);
  info.simulation_seconds = seconds_since(simulation);
  info.peak_rss = report::peak_rss();
  if (options.strict) {
    refuse_extrapolation(snapshot.results.runs);
  }
  bool page_is_as_asked = true;
  const report::Report page = sound_page(snapshot, page_is_as_asked);
  output.commit(snapshot, page, study, info);
  print(options, snapshot.results, page);
  static_cast<void>(std::fflush(stdout));
  if (!options.quiet) {
    output.say();
  }
  if (!page_is_as_asked) {
    say_how_to_mend(options, study.page.file);
    return kYourInput;
  }
  return options.fail_on_slo && !report::all_limits_met(snapshot.results.runs) ? kLimitsNotMet
                                                                               : kOk;
}

}  // namespace kvsim::cli
