// The words of Chrome's trace event format, as ui.perfetto.dev and chrome://tracing read it
// ("Trace Event Format", JSON Object Format).
//
//   "M" names a process or thread    "X" a span    "i" an instant    "C" a counter
//
// Spans of one (pid, tid) nest or do not overlap: others are drawn wrongly or dropped. Times are
// microseconds, in whole nanoseconds, both ends of a span rounded by themselves, so that spans that
// touch still touch. More digits do harm: Perfetto rounds `ts` and `dur` to the nanosecond each,
// and drops a span that then begins one before the end of its neighbour.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/report/timeline_window.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::report {

/// Process and thread ids: from 1, as 0 is the idle task to some readers.
struct TrackId {
  std::int64_t pid = 1, tid = 1;
};

/// `amount` parts of 10^decimals as a decimal without needless zeros: (1250, 2) is 12.5.
[[nodiscard]] std::string trimmed_decimal(Int128 amount, int decimals);
/// Microseconds since the start of the run.
[[nodiscard]] std::string microseconds(SimTime at);

/// Each one event without a comma or line break behind it.
[[nodiscard]] std::string process_name(std::int64_t pid, std::string_view name);
[[nodiscard]] std::string process_sort_index(std::int64_t pid);
[[nodiscard]] std::string thread_name(TrackId track, std::string_view name);
[[nodiscard]] std::string thread_sort_index(TrackId track);
/// What is outside of the window is cut off, and `cut` says so. Requires: they meet.
[[nodiscard]] std::string request_span(std::string_view name, TrackId track, SimTime begin,
                                       SimTime end, const TimelineWindow& window,
                                       const spec::RequestRecord& request);
[[nodiscard]] std::string request_instant(std::string_view name, TrackId track, SimTime at,
                                          RequestId request);
/// `unit` is what readers show beside the name; `value` is a number as text.
[[nodiscard]] std::string counter(std::string_view name, std::int64_t pid, SimTime at,
                                  std::string_view unit, std::string_view value);

}  // namespace kvsim::report
