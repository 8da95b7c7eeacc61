// A run as a trace for ui.perfetto.dev and chrome://tracing: who sat in which slot of the batch,
// who had to go, and how full everything was (docs/timeline.md).
//
// A process per replica, a thread per slot, spans `prefill`, `recompute` and `decode`, counters
// beside them. Everything is kept in memory until the end of the run, so the number of events is
// bounded: requests are kept as a whole or not at all (those whose id is a multiple of `every`),
// counters at every n-th point. Both powers of two double whenever there is too much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/timeline_counters.hpp"
#include "sim/report/timeline_seats.hpp"
#include "sim/report/timeline_window.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::report {

/// A request and its events.
struct TimelineRequest {
  spec::RequestRecord record;
  std::vector<Visit> visits;
};

/// Replicas that are alike.
struct TimelineKind {
  std::string pool;  ///< empty: there are no pools
  spec::RunSpec run;
  std::int64_t usable_blocks = 0;
  std::vector<std::int64_t> pids;
};

/// Collects one run. Calls as of cluster::Observer.
class RunTimeline {
 public:
  /// Its replicas are processes first_pid, first_pid + 1, ...
  RunTimeline(const spec::RunSpec& run, std::int64_t first_pid, const TimelineLimits& limits);

  void take(const spec::ScheduledStep& step);
  void finish(const spec::RequestRecord& record);
  void close(const spec::RunResult& result);

  [[nodiscard]] const std::string& run_id() const { return run_id_; }
  [[nodiscard]] std::int64_t first_pid() const { return first_pid_; }
  [[nodiscard]] const TimelineWindow& window() const { return window_; }
  [[nodiscard]] const std::vector<TimelineRequest>& requests() const { return requests_; }
  [[nodiscard]] const std::vector<TimelineCounters>& counters() const { return counters_; }
  /// One request of how many was kept, by id.
  [[nodiscard]] std::int64_t every() const { return every_; }
  /// The most points of one replica for one that was kept.
  [[nodiscard]] std::int64_t every_point() const;
  /// In the window, kept or not.
  [[nodiscard]] std::int64_t requests_seen() const { return requests_seen_; }
  [[nodiscard]] std::int64_t preemptions_seen() const { return preemptions_seen_; }
  [[nodiscard]] Duration duration() const { return duration_; }
  /// One for each pool; one if all replicas are alike. Empty until close().
  [[nodiscard]] const std::vector<TimelineKind>& kinds() const { return kinds_; }

 private:
  void note_kinds(const spec::RunResult& result);
  void thin_out();

  std::string run_id_;
  std::int64_t first_pid_;
  TimelineWindow window_;
  std::int64_t most_request_events_;
  std::vector<TimelineSeats> seats_;        ///< by replica
  std::vector<TimelineCounters> counters_;  ///< by replica
  std::vector<TimelineRequest> requests_;   ///< in the order in which they finished
  std::int64_t events_ = 0;                 ///< of requests_
  std::int64_t every_ = 1;
  std::int64_t requests_seen_ = 0;
  std::int64_t preemptions_seen_ = 0;
  Duration duration_;
  std::vector<TimelineKind> kinds_;
};

/// One for each run of the study; they share the limit.
[[nodiscard]] std::vector<RunTimeline> make_timelines(const spec::StudySpec& study,
                                                      const TimelineLimits& limits);

/// Writes the trace, compressed if `path` ends in .gz. Requires: all runs are closed.
/// Throws ConfigError that names the path when it cannot be written.
void write_timeline(const std::filesystem::path& path, std::string_view study,
                    const TimelineLimits& limits, const std::vector<RunTimeline>& runs);

/// What is not in it, in one sentence; empty when everything is.
[[nodiscard]] std::string left_out(const std::vector<RunTimeline>& runs);

}  // namespace kvsim::report
