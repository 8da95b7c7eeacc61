// kvsim run: load, simulate, write, print.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "sim/cli/commands.hpp"
#include "sim/cli/loading.hpp"
#include "sim/cli/page.hpp"
#include "sim/cli/replicate_flags.hpp"
#include "sim/cli/study_runner.hpp"
#include "sim/cli/terminal.hpp"
#include "sim/config/config.hpp"
#include "sim/report/manifest_json.hpp"
#include "sim/report/output_directory.hpp"
#include "sim/report/render.hpp"
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

engine::Stepper stepper_of(const RunOptions& options) {
  return options.stepper == "step" ? engine::Stepper::Step : engine::Stepper::Macro;
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

report::Asked asked(const RunOptions& options) {
  return {options.sets, options.seed, options.replicate.replicates, options.replicate.confidence};
}

report::Snapshot snapshot_of(const report::StudyResults& results, const spec::StudySpec& study,
                             const RunOptions& options) {
  return {results, study.page, study.inputs, asked(options)};
}

// A template that asks for what the results do not have must not cost them: they are written, with
// the page of everything, and the fault is told.
bool write_reports(report::OutputDirectory& out, const report::StudyResults& results,
                   const spec::StudySpec& study, const RunOptions& options,
                   const report::ManifestInfo& info) {
  report::Snapshot snapshot = snapshot_of(results, study, options);
  bool page_is_sound = true;
  try {
    write_page(out, page_of(snapshot), snapshot);
  } catch (const ConfigError& error) {
    fmt::print(stderr, "{}", error.what());
    page_is_sound = false;
    snapshot.page = {};
    write_page(out, page_of(snapshot), snapshot);
  }
  report::write_file(out.path_for("result.json"), report::result_json(results));
  report::write_file(out.path_for("report.json"), report::snapshot_json(snapshot));
  report::write_file(out.path_for("manifest.json"), report::manifest_json(info, study, results));
  return page_is_sound;
}

// The file that --out or --schedule-trace asks for, and what the runs write side by side for it.
struct PartedFile {
  std::filesystem::path whole;
  std::vector<std::filesystem::path> parts;

  PartedFile(report::OutputDirectory& folder, const std::string& name, std::string_view part,
             std::size_t runs)
      : whole(folder.path_for(name)) {
    for (std::size_t i = 0; i < runs; ++i) {
      parts.push_back(whole.parent_path() / fmt::format("{}-{}", part, i));
    }
  }
  [[nodiscard]] PartFile by_run() const {
    return [this](std::size_t run) { return parts[run]; };
  }
};

// A name that --out needs itself would be written twice.
void refuse_taken_name(const RunOptions& options) {
  const std::filesystem::path file(options.timeline);
  const std::string name = file.filename().string();
  if (options.out.empty() || (name != "result.json" && name != "manifest.json")) {
    return;
  }
  const auto canonical = [](const std::filesystem::path& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path));
  };
  if (canonical(file) == canonical(std::filesystem::path(options.out) / name)) {
    Diagnostic fault;
    fault.place.file = "--timeline";
    fault.message = fmt::format("'{}' is a file that --out writes", options.timeline);
    fault.notes = {"choose another name, for example timeline.json.gz"};
    throw ConfigError({fault});
  }
}

// The folder in which a flag's file is to lie.
std::filesystem::path folder_of(const std::string& file) {
  const std::filesystem::path path(file);
  return path.has_parent_path() ? path.parent_path() : ".";
}

// --timeline: collected while the runs are simulated, written at once.
struct TimelineOutput {
  report::OutputDirectory folder;
  std::filesystem::path file;
  std::vector<report::RunTimeline> runs;

  TimelineOutput(const RunOptions& options, const spec::StudySpec& study)
      : folder(folder_of(options.timeline)),
        file(folder.path_for(std::filesystem::path(options.timeline).filename().string())),
        runs(report::make_timelines(study, options.timeline_limits)) {}
};

// What a run leaves behind: nothing until commit().
class Output {
 public:
  Output(const RunOptions& options, const spec::StudySpec& study) {
    const std::size_t runs = study.runs.size();
    if (!options.out.empty()) {
      folder_.emplace(options.out);
      requests_.emplace(*folder_, "requests.csv", "rows", runs);
    }
    if (!options.schedule_trace.empty()) {
      const std::filesystem::path path(options.schedule_trace);
      trace_folder_.emplace(folder_of(options.schedule_trace));
      schedule_.emplace(*trace_folder_, path.filename().string(), "steps", runs);
    }
    if (!options.timeline.empty()) {
      timeline_.emplace(options, study);
    }
  }
  [[nodiscard]] RunFiles files() {
    return {requests_ ? requests_->by_run() : PartFile(),
            schedule_ ? schedule_->by_run() : PartFile(), timeline_ ? &timeline_->runs : nullptr};
  }
  /// What the timeline does not show.
  [[nodiscard]] std::string left_out() const {
    return timeline_ ? report::left_out(timeline_->runs) : "";
  }
  /// Whether the page is as its template asks.
  bool commit(const report::StudyResults& results, const spec::StudySpec& study,
              const RunOptions& options, const report::ManifestInfo& info) {
    bool page_is_sound = true;
    if (schedule_) {
      report::join_parts("", schedule_->parts, schedule_->whole);
    }
    if (timeline_) {
      report::write_timeline(timeline_->file, study.name, options.timeline_limits, timeline_->runs);
    }
    if (folder_) {
      report::concatenate_requests_csv(requests_->parts, requests_->whole);
      page_is_sound = write_reports(*folder_, results, study, options, info);
      folder_->commit();
    }
    if (trace_folder_) {
      trace_folder_->commit();
    }
    if (timeline_) {
      timeline_->folder.commit();
    }
    return page_is_sound;
  }

 private:
  std::optional<report::OutputDirectory> folder_, trace_folder_;
  std::optional<PartedFile> requests_, schedule_;
  std::optional<TimelineOutput> timeline_;
};

void say_what_was_written(const RunOptions& options, const Output& output) {
  if (!options.out.empty()) {
    fmt::print(stderr, "written: {}\n",
               (std::filesystem::path(options.out) / "report.html").string());
  }
  if (!options.schedule_trace.empty()) {
    fmt::print(stderr, "written: {}\n", options.schedule_trace);
  }
  if (!options.timeline.empty()) {
    fmt::print(stderr, "written: {} (open it in ui.perfetto.dev)\n", options.timeline);
  }
  if (const std::string left_out = output.left_out(); !left_out.empty()) {
    fmt::print(stderr, "note: {}: {}\n", options.timeline, left_out);
  }
  if (options.out.empty() && options.schedule_trace.empty() && options.timeline.empty()) {
    fmt::print(stderr,
               "nothing written; add --out DIR for report.html, result.json, requests.csv\n");
  }
}

}  // namespace

int run_study(const RunOptions& options) {
  refuse_few_replicates(options.replicate);
  refuse_taken_name(options);
  const auto begin = Clock::now();
  spec::StudySpec study = load(options);
  if (!options.page.empty()) {
    study.page = config::load_template(options.page, library());
  }
  Output output(options, study);
  const bool shows_steps = !options.schedule_trace.empty() || !options.timeline.empty();
  const std::string stepper = shows_steps ? "step" : options.stepper;
  report::ManifestInfo info{options.argv,
                            options.seed,
                            options.replicate.replicates,
                            options.replicate.confidence,
                            stepper,
                            seconds_since(begin),
                            0,
                            Bytes()};
  const auto simulation = Clock::now();
  report::StudyResults results{study.name, {}, study.warnings};
  {
    const HowToRun how{stepper_of(options), options.jobs, options.replicate};
    Progress progress(Progress::manner(options.quiet), simulations_of(study, how));
    results.runs = simulate_all(study, how, progress, output.files());
  }
  info.simulation_seconds = seconds_since(simulation);
  info.peak_rss = report::peak_rss();
  if (options.strict) {
    refuse_extrapolation(results.runs);
  }
  const bool page_is_sound = output.commit(results, study, options, info);
  print(options, results);
  static_cast<void>(std::fflush(stdout));
  if (!options.quiet) {
    say_what_was_written(options, output);
  }
  if (!page_is_sound) {
    fmt::print(stderr,
               "the page shows everything instead; mend the template, then: kvsim report {} "
               "--template {}\n",
               options.out, study.page.file);
    return kYourInput;
  }
  return options.fail_on_slo && !report::all_limits_met(results.runs) ? kLimitsNotMet : kOk;
}

}  // namespace kvsim::cli
