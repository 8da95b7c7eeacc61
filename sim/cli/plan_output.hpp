// What kvsim plan leaves behind: nothing until commit().
#pragma once

#include <memory>
#include <string>

#include "sim/report/manifest_json.hpp"
#include "sim/report/output_directory.hpp"
#include "sim/report/snapshot.hpp"
#include "sim/report/table.hpp"

namespace kvsim::cli {

class PlanOutput {
 public:
  /// Empty: nothing is written. Throws ConfigError for a place that cannot be written to.
  explicit PlanOutput(const std::string& folder);

  void commit(const report::Snapshot& snapshot, const report::Report& page,
              const spec::StudySpec& study, report::ManifestInfo info);
  /// Tells stderr which files there are now.
  void say() const;

 private:
  std::string name_;
  std::unique_ptr<report::OutputDirectory> folder_;
};

}  // namespace kvsim::cli
