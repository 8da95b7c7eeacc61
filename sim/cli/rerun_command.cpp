// kvsim rerun: does the same study still give the same bytes?
#include <fmt/format.h>

#include "kvsim_version.hpp"
#include "sim/base/sha256.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/loading.hpp"
#include "sim/cli/replicate_flags.hpp"
#include "sim/cli/rerun_checks.hpp"
#include "sim/cli/result_files.hpp"
#include "sim/cli/results_commands.hpp"
#include "sim/cli/study_job.hpp"
#include "sim/report/first_difference.hpp"
#include "sim/report/requests_csv.hpp"
#include "sim/report/result_json.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

// What the manifest asks for, in the words of kvsim run.
RunOptions flags_of(const report::Manifest& manifest, const RerunOptions& options) {
  RunOptions again;
  again.study = options.study.empty() ? manifest.study_path : options.study;
  again.sets = manifest.sets;
  again.seed = manifest.seed;
  again.skip_bad_lines = manifest.skip_bad_lines;
  again.replicate = {manifest.replicates, manifest.confidence};
  again.stepper = manifest.stepper;
  again.jobs = options.jobs;
  again.quiet = options.quiet;
  return again;
}

void require_study(const std::string& study, const RerunOptions& options) {
  std::error_code error;
  if (fs::exists(study, error)) {
    return;
  }
  refuse_input({study},
               options.study.empty() ? "there is no such study from here: the manifest has its "
                                       "path as it was typed for the run"
                                     : "there is no such study",
               {fmt::format("say where it is: kvsim rerun {} --study PATH", options.folder),
                "or start kvsim in the folder where the run was started"});
}

Diagnostic edited(const std::string& study) {
  Diagnostic fault;
  fault.place.file = study;
  fault.message = "has changed since the run, and cannot be run any more";
  return fault;
}

// Who edited the study is told so before all that is wrong with it now.
spec::StudySpec load_again(const RunOptions& again, const report::Manifest& manifest) {
  const bool is_edited = sha256_of_file(again.study) != manifest.inputs.front().sha256;
  try {
    return load(again);
  } catch (const ConfigError& error) {
    std::vector<Diagnostic> faults = error.diagnostics();
    if (is_edited) {
      faults.insert(faults.begin(), edited(again.study));
    }
    throw ConfigError(std::move(faults));
  } catch (const DoesNotFit& error) {
    throw DoesNotFit(is_edited ? render(edited(again.study)) + error.what() : error.what());
  }
}

void refuse_changes(std::vector<Diagnostic> changes, const RerunOptions& options) {
  if (changes.empty()) {
    return;
  }
  if (!options.anyway) {
    changes.back().notes.push_back(
        fmt::format("kvsim rerun {} --anyway goes on, and says what differs", options.folder));
    throw ConfigError(std::move(changes));
  }
  for (Diagnostic& change : changes) {
    change.severity = Severity::Warning;
  }
  fmt::print(stderr, "{}", render(changes));
}

// ---- what comes out -------------------------------------------------------------------------

struct Rerun {
  std::string name;
  bool same = false;
  std::string how;  ///< it differs: the first place
};

std::string first_json_difference(const fs::path& before, const std::string& now) {
  std::error_code error;
  return fs::is_regular_file(before, error)
             ? report::first_difference_of_json(read_whole(before, ""), now)
             : "other bytes";
}

std::string first_line_difference(const fs::path& before, const fs::path& now) {
  std::error_code error;
  return fs::is_regular_file(before, error) ? report::first_difference_of_lines(before, now)
                                            : "other bytes";
}

// result.json holds the version that wrote it, which is told apart: compared is all else.
std::vector<Rerun> outcomes_of(const report::Manifest& manifest, const fs::path& folder,
                               const report::StudyResults& results, const fs::path& requests) {
  const std::string json = report::result_json(results, manifest.kvsim_version);
  std::vector<Rerun> outcomes = {
      {"result.json", sha256_hex(json) == report::hash_of(manifest, "result.json"), {}},
      {"requests.csv", sha256_of_file(requests) == report::hash_of(manifest, "requests.csv"), {}}};
  if (!outcomes[0].same) {
    outcomes[0].how = first_json_difference(folder / "result.json", json);
  }
  if (!outcomes[1].same) {
    outcomes[1].how = first_line_difference(folder / "requests.csv", requests);
  }
  return outcomes;
}

fs::path folder_for_scratch() {
  std::error_code error;
  fs::path folder = fs::temp_directory_path(error);
  if (error) {
    report::fail_to_write("TMPDIR", "it names no folder");
  }
  return folder;
}

// Simulates into a folder that vanishes.
std::vector<Rerun> simulate_again(const spec::StudySpec& study, const RunOptions& again,
                                  const report::Manifest& manifest, const fs::path& folder) {
  report::OutputDirectory scratch(folder_for_scratch());
  PartedFile requests(scratch, "requests.csv", "rows", study.runs.size());
  const report::StudyResults results = simulate_study(study, again, {requests.by_run(), {}});
  report::concatenate_requests_csv(requests.parts, requests.whole);
  return outcomes_of(manifest, folder, results, requests.whole);
}

bool is_another_version(const report::Manifest& manifest) {
  return manifest.kvsim_version != KVSIM_VERSION;
}

std::string version_text(const std::string& version, const std::string& sha) {
  return sha.empty() ? version : fmt::format("{} (commit {})", version, sha);
}

void tell_versions(const report::Manifest& manifest) {
  if (is_another_version(manifest) || manifest.git_sha != KVSIM_GIT_SHA) {
    fmt::print("another kvsim: {} wrote the folder, {} simulated again\n",
               version_text(manifest.kvsim_version, manifest.git_sha),
               version_text(KVSIM_VERSION, KVSIM_GIT_SHA));
  }
}

bool told_same(const std::vector<Rerun>& outcomes) {
  bool same = true;
  for (const Rerun& outcome : outcomes) {
    same = same && outcome.same;
  }
  if (same) {
    fmt::print("reproduced: {} files, same bytes\n", outcomes.size());
    return true;
  }
  fmt::print("not reproduced\n");
  for (const Rerun& outcome : outcomes) {
    fmt::print("  {}: {}\n", outcome.name, outcome.same ? "same bytes" : outcome.how);
  }
  return false;
}

}  // namespace

int rerun(const RerunOptions& options) {
  const fs::path file = file_in(options.folder, "manifest.json");
  const report::Manifest manifest = report::read_manifest(
      file.string(), read_whole(file, "give a folder that kvsim run --out wrote"));
  const RunOptions again = flags_of(manifest, options);
  refuse_few_replicates(again.replicate);
  require_study(again.study, options);
  spec::StudySpec study = load_again(again, manifest);
  add_traces(study);
  std::vector<Diagnostic> changes = changed_inputs(manifest, study, again.study);
  const bool inputs_changed = !changes.empty();
  const auto outputs = changed_outputs(manifest, file.parent_path());
  changes.insert(changes.end(), outputs.begin(), outputs.end());
  refuse_changes(std::move(changes), options);
  const auto outcomes = simulate_again(study, again, manifest, file.parent_path());
  tell_versions(manifest);
  if (told_same(outcomes)) {
    return kOk;
  }
  return inputs_changed || is_another_version(manifest) ? kLimitsNotMet : kOurFailure;
}

}  // namespace kvsim::cli
