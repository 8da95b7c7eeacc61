// The rows of a trace, whatever its format. A new format of a known kind (CSV, JSON lines) is one
// entry in trace_layout.cpp; a new kind is one class with read_row() and one line in open_trace().
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "sim/base/sim_time.hpp"
#include "sim/spec/workload.hpp"
#include "sim/workload/request_source.hpp"
#include "sim/workload/text_file.hpp"

namespace kvsim::workload {

/// Ids of the blocks of a prompt: equal ids mean equal blocks behind equal prefixes. 64 bits, of
/// which none is lost on the way (ids above 2^63 keep their bits).
using HashIds = std::shared_ptr<const std::vector<std::int64_t>>;

struct TraceRow {
  SimTime arrival;  ///< 0 when only the lengths are read
  std::int64_t prompt_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t priority = 0;
  HashIds hash_ids{};  ///< null: none
};

/// A request without an answer: well formed, counted, left out.
struct FailedRequest {};

/// A line that workload.where leaves out.
struct OtherRow {};

using ReadRow = std::variant<TraceRow, Fault, FailedRequest, OtherRow>;

class TraceReader {
 public:
  virtual ~TraceReader() = default;

  /// The next row. A malformed line is counted (skip_bad_lines) or thrown as a ConfigError,
  /// together with the next ones up to kMostFaults, so that several are mended at once.
  [[nodiscard]] std::optional<TraceRow> next();
  [[nodiscard]] std::int64_t skipped_lines() const { return skipped_; }
  [[nodiscard]] std::int64_t failed_requests() const { return failed_; }
  [[nodiscard]] const TextFile& file() const { return file_; }

  static constexpr std::size_t kMostFaults = 10;

 protected:
  explicit TraceReader(const spec::WorkloadSpec& workload,
                       std::size_t longest_line = TextFile::kLongestLine)
      : file_(*workload.trace, longest_line), skip_bad_lines_(workload.skip_bad_lines) {}

  /// The row on the current line of the file, which is not blank.
  [[nodiscard]] virtual ReadRow read_row(std::string_view line) = 0;

  TextFile file_;

 private:
  void record(const Fault& fault, std::vector<Diagnostic>& faults);

  bool skip_bad_lines_;
  std::int64_t skipped_ = 0;
  std::int64_t failed_ = 0;
};

/// Opens workload.trace. Throws ConfigError when it cannot be read or its header does not fit.
[[nodiscard]] std::unique_ptr<TraceReader> open_trace(const spec::WorkloadSpec& workload);

}  // namespace kvsim::workload
