#include "sim/cli/run_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>

#include "sim/base/sha256.hpp"
#include "sim/cli/page.hpp"
#include "sim/cli/study_job.hpp"
#include "sim/plan/side_by_side.hpp"
#include "sim/report/output_directory.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/timeline.hpp"

namespace kvsim::cli {
namespace {

constexpr std::string_view kManifest = "manifest.json";
constexpr std::array<std::string_view, 5> kRunOutputs = {"result.json", "requests.csv", "report.md",
                                                         "report.html", "report.json"};

bool is_output(std::string_view name) {
  return name == kManifest ||
         std::find(kRunOutputs.begin(), kRunOutputs.end(), name) != kRunOutputs.end();
}

// A name that --out needs itself would be written twice.
void refuse_taken_name(const RunOptions& options) {
  const std::filesystem::path file(options.timeline);
  const std::string name = file.filename().string();
  if (options.out.empty() || !is_output(name)) {
    return;
  }
  const auto canonical = [](const std::filesystem::path& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path));
  };
  if (canonical(file) == canonical(std::filesystem::path(options.out) / name)) {
    refuse_input({"--timeline"}, fmt::format("'{}' is a file that --out writes", options.timeline),
                 {"choose another name, for example timeline.json.gz"});
  }
}

// The folder in which a flag's file is to lie.
std::filesystem::path folder_of(const std::string& file) {
  const std::filesystem::path path(file);
  return path.has_parent_path() ? path.parent_path() : ".";
}

// The files are written side by side; their hashes stand in the order of kRunOutputs.
void write_results(report::OutputDirectory& out, const std::string& hash_of_requests,
                   const report::Snapshot& snapshot, const report::Report& page,
                   const spec::StudySpec& study, report::ManifestInfo info, int jobs) {
  const std::array<std::function<void()>, 3> work = {
      [&, path = out.path_for("result.json")] {
        report::write_file(path, report::result_json(snapshot.results));
      },
      [&, path = out.path_for("report.json")] {
        report::write_file(path, report::snapshot_json(snapshot));
      },
      [&] { write_page(out, page, snapshot); }};
  plan::side_by_side(work.size(), jobs, [&](std::size_t i) { work[i](); });
  for (const std::string_view name : kRunOutputs) {
    info.outputs.push_back(
        {std::string(name), name == "requests.csv"
                                ? hash_of_requests
                                : sha256_of_file(out.path_for(name)).value_or("")});
  }
  report::write_file(out.path_for(kManifest), report::manifest_json(info, study, snapshot.results));
}

}  // namespace

// --timeline: collected while the runs are simulated, written at once.
struct RunOutput::Timeline {
  report::OutputDirectory folder;
  std::filesystem::path file;
  std::vector<report::RunTimeline> runs;

  Timeline(const RunOptions& options, const spec::StudySpec& study)
      : folder(folder_of(options.timeline)),
        file(folder.path_for(std::filesystem::path(options.timeline).filename().string())),
        runs(report::make_timelines(study, options.timeline_limits)) {}
};

RunOutput::RunOutput(const RunOptions& options, const spec::StudySpec& study, StudyPoints* points)
    : options_(options), points_(points) {
  refuse_taken_name(options);
  const std::size_t runs = study.runs.size();
  if (!options.out.empty()) {
    folder_ = std::make_unique<report::OutputDirectory>(options.out);
    folder_->require_free(kRunOutputs);
    folder_->require_free({&kManifest, 1});
    requests_ = std::make_unique<PartedFile>(*folder_, "requests.csv", "rows", runs);
    join_ = std::make_unique<report::RequestsJoin>(
        points_ != nullptr ? points_->rows() : requests_->parts, requests_->whole);
  }
  if (!options.schedule_trace.empty()) {
    const std::filesystem::path path(options.schedule_trace);
    trace_folder_ = std::make_unique<report::OutputDirectory>(folder_of(options.schedule_trace));
    schedule_ =
        std::make_unique<PartedFile>(*trace_folder_, path.filename().string(), "steps", runs);
  }
  if (!options.timeline.empty()) {
    timeline_ = std::make_unique<Timeline>(options, study);
  }
}

RunOutput::~RunOutput() = default;

PartFile RunOutput::rows() const {
  if (points_ != nullptr) {
    return [this](std::size_t run) { return points_->rows_aside(run); };
  }
  return requests_ ? requests_->by_run() : PartFile();
}

RunFiles RunOutput::files() {
  RunFiles files{rows(),
                 schedule_ ? schedule_->by_run() : PartFile(),
                 timeline_ ? &timeline_->runs : nullptr,
                 points_,
                 {}};
  if (join_) {
    files.rows_are_there = [this](std::size_t run) { join_->ready(run); };
  }
  return files;
}

void RunOutput::commit(const report::Snapshot& snapshot, const report::Report& page,
                       const spec::StudySpec& study, const report::ManifestInfo& info) {
  if (schedule_) {
    report::join_parts("", schedule_->parts, schedule_->whole);
  }
  if (timeline_) {
    report::write_timeline(timeline_->file, study.name, options_.timeline_limits, timeline_->runs);
  }
  if (folder_) {
    write_results(*folder_, join_->finish(), snapshot, page, study, info, options_.jobs);
    folder_->commit();
  }
  if (trace_folder_) {
    trace_folder_->commit();
  }
  if (timeline_) {
    timeline_->folder.commit();
  }
}

void RunOutput::say() const {
  if (folder_) {
    fmt::print(stderr, "written: {}\n",
               (std::filesystem::path(options_.out) / "report.html").string());
  }
  if (schedule_) {
    fmt::print(stderr, "written: {}\n", options_.schedule_trace);
  }
  if (timeline_) {
    fmt::print(stderr, "written: {} (open it in ui.perfetto.dev)\n", options_.timeline);
    if (const std::string left_out = report::left_out(timeline_->runs); !left_out.empty()) {
      fmt::print(stderr, "note: {}: {}\n", options_.timeline, left_out);
    }
  }
  if (!folder_ && !schedule_ && !timeline_) {
    fmt::print(stderr,
               "nothing written; add --out DIR for report.html, result.json, requests.csv\n");
  }
}

}  // namespace kvsim::cli
