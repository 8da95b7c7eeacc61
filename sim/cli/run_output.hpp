// What kvsim run leaves behind: nothing until commit().
#pragma once

#include <memory>
#include <string>

#include "sim/cli/options.hpp"
#include "sim/cli/study_job.hpp"
#include "sim/report/manifest_json.hpp"
#include "sim/report/requests_join.hpp"
#include "sim/report/snapshot.hpp"

namespace kvsim::cli {

class RunOutput {
 public:
  /// Rows of requests.csv are those of `points`, if there are any; these must outlive this.
  /// Throws ConfigError for a place that cannot be written to.
  RunOutput(const RunOptions& options, const spec::StudySpec& study, StudyPoints* points);
  ~RunOutput();
  RunOutput(const RunOutput&) = delete;
  RunOutput& operator=(const RunOutput&) = delete;

  /// Where the runs write while they are simulated.
  [[nodiscard]] RunFiles files();
  /// Every file that was asked for, with `page` as the report.
  void commit(const report::Snapshot& snapshot, const report::Report& page,
              const spec::StudySpec& study, const report::ManifestInfo& info);
  /// Tells stderr which files there are now.
  void say() const;

 private:
  struct Timeline;
  [[nodiscard]] PartFile rows() const;
  const RunOptions& options_;
  StudyPoints* points_;
  std::unique_ptr<report::OutputDirectory> folder_, trace_folder_;
  std::unique_ptr<PartedFile> requests_, schedule_;
  std::unique_ptr<report::RequestsJoin> join_;
  std::unique_ptr<Timeline> timeline_;
};

}  // namespace kvsim::cli
