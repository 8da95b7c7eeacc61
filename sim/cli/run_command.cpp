// kvsim run: load, simulate, write, print.
#include <fmt/format.h>

#include <cstdio>

#include "sim/base/diagnostic.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/loading.hpp"
#include "sim/cli/page.hpp"
#include "sim/cli/replicate_flags.hpp"
#include "sim/cli/run_output.hpp"
#include "sim/cli/stopped.hpp"
#include "sim/cli/stopwatch.hpp"
#include "sim/cli/study_job.hpp"
#include "sim/cli/sweep_commands.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/config/config.hpp"
#include "sim/report/command_line.hpp"
#include "sim/report/render.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/slo.hpp"
#include "sim/report/vllm_json.hpp"

namespace kvsim::cli {
namespace {

// --strict: every simulated second must be priced inside a measured or fitted card's domain.
// What it refuses leaves nothing behind, finished points included.
void refuse_extrapolation(const std::vector<spec::RunResult>& results, StudyPoints* points) {
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
    if (points != nullptr) {
      points->let_go();
    }
    throw ConfigError(std::move(faults));
  }
}

void print_run(const RunOptions& options, const report::StudyResults& results,
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

spec::StudySpec loaded_study(const RunOptions& options) {
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

report::ManifestInfo manifest_of_run(const RunOptions& options) {
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

report::Snapshot simulated(const spec::StudySpec& study, const RunOptions& options,
                           StudyPoints* points, RunOutput& output, report::ManifestInfo& info) {
  const auto begin = Clock::now();
  report::Snapshot snapshot =
      snapshot_of(simulate_study(study, options, output.files()), study, options);
  info.simulation_seconds = seconds_since(begin);
  info.peak_rss = report::peak_rss();
  if (options.strict) {
    refuse_extrapolation(snapshot.results.runs, points);
  }
  return snapshot;
}

// kvsim sweep merge: nothing is left to simulate.
void refuse_missing(const StudyPoints& points, const RunOptions& options,
                    const spec::StudySpec& study) {
  const std::size_t missing = points.missing();
  if (missing == 0) {
    return;
  }
  const report::Asked asked = snapshot_of({}, study, options).asked;
  refuse_input(
      {options.points},
      fmt::format("{} of {} points of {} are missing", missing, points.total(), options.study),
      {fmt::format("this simulates them here: kvsim run {}{} --points {} --out {}",
                   report::shell_word(options.study), report::flags_text(asked),
                   report::shell_word(options.points), report::shell_word(options.out)),
       "or run the shards that are left: kvsim sweep run SHARD --points " +
           report::shell_word(options.points)});
}

enum class Missing { Simulate, Refuse };

int run_or_merge(const RunOptions& options, Missing missing) {
  refuse_few_replicates(options.replicate);
  const auto begin = Clock::now();
  const spec::StudySpec study = loaded_study(options);
  const auto points = points_of(study, options);
  if (missing == Missing::Refuse) {
    refuse_missing(*points, options, study);
  }
  RunOutput output(options, study, points.get());
  report::ManifestInfo info = manifest_of_run(options);
  info.setup_seconds = seconds_since(begin);
  bool page_is_as_asked = true;
  const auto [snapshot, page] = or_say_how_to_go_on(points.get(), [&] {
    report::Snapshot results = simulated(study, options, points.get(), output, info);
    report::Report sound = sound_page(results, page_is_as_asked);
    output.commit(results, sound, study, info);
    return std::pair(std::move(results), std::move(sound));
  });
  if (points) {
    points->let_go();
  }
  print_run(options, snapshot.results, page);
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

}  // namespace

int run_study(const RunOptions& options) { return run_or_merge(options, Missing::Simulate); }

int merge_points(const RunOptions& options) { return run_or_merge(options, Missing::Refuse); }

}  // namespace kvsim::cli
