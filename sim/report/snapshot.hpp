// report.json: everything that a report shows, exactly, so that `kvsim report` writes it again
// without simulating. Unlike result.json it is no contract: only the version that wrote it reads
// it.
#pragma once

#include <functional>
#include <optional>
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

// One run by itself, for who stores runs as they finish. All of it is exact, as above.

/// Everything of a run that its result follows from, but for the cards and the bytes of its trace.
[[nodiscard]] std::string spec_text(const spec::RunSpec& run);
[[nodiscard]] std::string card_text(const spec::CardSpec& card);

/// A result without its spec, in one line.
[[nodiscard]] std::string outcome_text(const spec::RunResult& run);
/// The result of `run` from that; nothing when it is something else.
[[nodiscard]] std::optional<spec::RunResult> read_outcome_text(std::string_view text,
                                                               const spec::RunSpec& run);

}  // namespace kvsim::report
