#include "sim/cli/study_points.hpp"

#include <fmt/format.h>

#include "sim/base/diagnostic.hpp"

namespace kvsim::cli {
namespace {

namespace fs = std::filesystem;

// "out/a/" to "out/a.points"; "." has no name of its own, so the folder's real one is looked up.
fs::path beside(const std::string& out) {
  fs::path folder = fs::path(out).lexically_normal();
  if (folder.filename().string().find_first_not_of('.') == std::string::npos) {
    folder = (fs::absolute(folder) / "").lexically_normal();
  }
  if (!folder.has_filename()) {
    folder = folder.parent_path();
  }
  folder += ".points";
  return folder;
}

bool watches_steps(const RunOptions& options) {
  return !options.schedule_trace.empty() || !options.timeline.empty();
}

void refuse_contradictions(const RunOptions& options) {
  if (options.points.empty() && !options.keep_points) {
    return;
  }
  const SourcePlace flag{options.points.empty() ? "--keep-points" : "--points"};
  if (watches_steps(options)) {
    refuse_input(flag,
                 "finished points hold no steps, so they are of no use to --schedule-trace and "
                 "--timeline",
                 {"leave one of them out"});
  }
  if (options.out.empty()) {
    refuse_input(flag, "without --out no point is stored", {"add --out DIR"});
  }
}

// Beside the output, storing is a service: where it cannot be had, the run goes on without.
std::unique_ptr<StudyPoints> points_beside(const spec::StudySpec& study, const RunOptions& options,
                                           std::size_t replicates) {
  const auto afterwards =
      options.keep_points ? StudyPoints::Afterwards::Keep : StudyPoints::Afterwards::Remove;
  try {
    return std::make_unique<StudyPoints>(study, replicates, beside(options.out), afterwards);
  } catch (const ConfigError& error) {
    if (options.keep_points) {
      throw;
    }
    if (!options.quiet) {
      std::vector<Diagnostic> notes = error.diagnostics();
      for (Diagnostic& note : notes) {
        note.severity = Severity::Note;
        note.notes = {
            "finished points are not stored, so a run that is killed starts anew; "
            "--points DIR names a place"};
      }
      fmt::print(stderr, "{}", render(notes));
    }
    return nullptr;
  }
}

}  // namespace

StudyPoints::StudyPoints(const spec::StudySpec& study, std::size_t replicates, fs::path folder,
                         Afterwards afterwards)
    : study_(study),
      keys_(study),
      store_(std::move(folder)),
      afterwards_(afterwards),
      replicates_(replicates),
      total_(study.runs.size() * (1 + replicates)) {}

std::size_t StudyPoints::missing() const {
  std::size_t missing = 0;
  for (std::size_t run = 0; run < study_.runs.size(); ++run) {
    for (std::size_t replicate = 0; replicate <= replicates_; ++replicate) {
      const auto key = keys_.of(run, replicate);
      const bool there =
          key && (replicate == 0 ? store_.has_run(*key) : store_.has_replicate(*key));
      missing += there ? 0U : 1U;
    }
  }
  return missing;
}

std::optional<spec::RunResult> StudyPoints::find_run(std::size_t run) {
  if (store_.was_empty()) {
    return std::nullopt;  // without a hash for each of a million replicates
  }
  const auto key = keys_.of(run, 0);
  auto result = key ? store_.find_run(*key, study_.runs[run]) : std::nullopt;
  before_ += result ? 1U : 0U;
  return result;
}

std::optional<StoredReplicate> StudyPoints::find_replicate(std::size_t run, std::size_t replicate) {
  if (store_.was_empty()) {
    return std::nullopt;
  }
  const auto key = keys_.of(run, replicate);
  auto outcome = key ? store_.find_replicate(*key) : std::nullopt;
  before_ += outcome ? 1U : 0U;
  return outcome;
}

std::string StudyPoints::said_of_before() const {
  std::string text = render(store_.faults());
  if (before_ > 0) {
    text += fmt::format("{} of {} points were finished before{}\n", before_, total_,
                        before_ < total_ ? "; going on" : "");
  }
  return text;
}

fs::path StudyPoints::rows_aside(std::size_t run) const {
  return store_.rows_aside(keys_.of(run, 0).value_or(fmt::format("{}", run)));
}

void StudyPoints::keep_run(std::size_t run, const spec::RunResult& result) {
  if (const auto key = keys_.of(run, 0)) {
    store_.keep_run(*key, result);
    ++now_;
  }
}

void StudyPoints::keep_replicate(std::size_t run, std::size_t replicate,
                                 const StoredReplicate& outcome) {
  if (const auto key = keys_.of(run, replicate)) {
    store_.keep_replicate(*key, outcome);
    ++now_;
  }
}

std::vector<fs::path> StudyPoints::rows() const {
  std::vector<fs::path> rows;
  for (std::size_t run = 0; run < study_.runs.size(); ++run) {
    const auto key = keys_.of(run, 0);
    rows.push_back(key ? store_.rows_of(*key) : rows_aside(run));
  }
  return rows;
}

std::string StudyPoints::said_when_stopped() const {
  const std::size_t finished = before_ + now_;
  return finished == 0 ? ""
                       : fmt::format(
                             "{} of {} points are finished and lie in {}\n"
                             "the same command goes on from there",
                             finished, total_, folder().string());
}

void StudyPoints::let_go() {
  if (afterwards_ == Afterwards::Remove) {
    store_.remove_all();
    before_ = 0;
    now_ = 0;
  }
}

std::unique_ptr<StudyPoints> points_of(const spec::StudySpec& study, const RunOptions& options) {
  refuse_contradictions(options);
  if (options.out.empty() || watches_steps(options)) {
    return nullptr;
  }
  const auto replicates = static_cast<std::size_t>(options.replicate.replicates);
  if (options.points.empty()) {
    return points_beside(study, options, replicates);
  }
  return std::make_unique<StudyPoints>(study, replicates, options.points,
                                       StudyPoints::Afterwards::Keep);
}

}  // namespace kvsim::cli
