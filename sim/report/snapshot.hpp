// report.json: everything that a report shows, exactly, so that `kvsim report` writes it again
// without simulating. Unlike result.json it is no contract: only the version that wrote it reads
// it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sim/report/reproduction.hpp"
#include "sim/report/study_results.hpp"
#include "sim/spec/report_template.hpp"

namespace kvsim::report {

struct Snapshot {
  StudyResults results;
  spec::ReportTemplate page;
  std::vector<spec::InputFile> inputs;
  Asked asked;
};

[[nodiscard]] std::string snapshot_json(const Snapshot& snapshot);

/// A run from what resolved_spec.hpp wrote of it; config knows how.
using SpecReader = std::function<spec::RunSpec(const std::string& resolved)>;

/// Throws ConfigError, naming `file`, for text that is not of this kind or of another version.
[[nodiscard]] Snapshot read_snapshot(const std::string& file, std::string_view text,
                                     const SpecReader& read_spec);

}  // namespace kvsim::report
