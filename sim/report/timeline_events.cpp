#include "sim/report/timeline_events.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/report/json_values.hpp"

namespace kvsim::report {
namespace {

constexpr Int128 kAttosecondsPerNanosecond = 1'000'000'000;

Int128 nanoseconds(Duration duration) {
  return round_div(duration.attoseconds(), kAttosecondsPerNanosecond);
}

std::string as_microseconds(Int128 nanoseconds) { return trimmed_decimal(nanoseconds, 3); }

std::string milliseconds(Duration duration) { return trimmed_decimal(nanoseconds(duration), 6); }

std::string quoted(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What the window takes off: "begin", "end" or "both".
std::string cut_of(SimTime begin, SimTime end, const TimelineWindow& window) {
  const bool at_begin = begin < window.begin;
  const bool at_end = end > window.end;
  if (!at_begin && !at_end) {
    return "";
  }
  return fmt::format(R"(,"cut":"{}")", at_begin && at_end ? "both" : at_begin ? "begin" : "end");
}

std::string metadata(std::string_view name, std::string_view track, std::string_view args) {
  return fmt::format(R"({{"ph":"M","name":"{}",{},"args":{{{}}}}})", name, track, args);
}

std::string thread_of(TrackId track) {
  return fmt::format(R"("pid":{},"tid":{})", track.pid, track.tid);
}

}  // namespace

std::string trimmed_decimal(Int128 amount, int decimals) {
  const bool negative = amount < 0;
  std::string digits = to_string(negative ? -amount : amount);
  const auto places = static_cast<std::size_t>(decimals);
  if (digits.size() <= places) {
    digits.insert(0, places + 1 - digits.size(), '0');
  }
  std::string text = digits.substr(0, digits.size() - places);
  std::string fraction = digits.substr(digits.size() - places);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (!fraction.empty()) {
    text += '.' + fraction;
  }
  return negative ? '-' + text : text;
}

std::string microseconds(SimTime at) { return as_microseconds(nanoseconds(at.since_start())); }

std::string process_name(std::int64_t pid, std::string_view name) {
  return metadata("process_name", fmt::format(R"("pid":{})", pid),
                  fmt::format(R"("name":{})", quoted(name)));
}

std::string process_sort_index(std::int64_t pid) {
  return metadata("process_sort_index", fmt::format(R"("pid":{})", pid),
                  fmt::format(R"("sort_index":{})", pid));
}

std::string thread_name(TrackId track, std::string_view name) {
  return metadata("thread_name", thread_of(track), fmt::format(R"("name":{})", quoted(name)));
}

std::string thread_sort_index(TrackId track) {
  return metadata("thread_sort_index", thread_of(track),
                  fmt::format(R"("sort_index":{})", track.tid));
}

std::string request_span(std::string_view name, TrackId track, SimTime begin, SimTime end,
                         const TimelineWindow& window, const spec::RequestRecord& request) {
  const Int128 from = nanoseconds(std::max(begin, window.begin).since_start());
  const Int128 until = nanoseconds(std::min(end, window.end).since_start());
  return fmt::format(
      R"({{"ph":"X","name":"{}","cat":"request",{},"ts":{},"dur":{},"args":{{"request":{},)"
      R"("prompt_tokens":{},"output_tokens":{},"cached_tokens":{},"queue_ms":{},"ttft_ms":{},)"
      R"("tpot_ms":{},"preemptions":{}{}}}}})",
      name, thread_of(track), as_microseconds(from), as_microseconds(until - from),
      request.id.value(), request.prompt_tokens, request.output_tokens, request.cached_tokens,
      milliseconds(request.queue), milliseconds(request.ttft), milliseconds(request.tpot),
      request.preemptions, cut_of(begin, end, window));
}

std::string request_instant(std::string_view name, TrackId track, SimTime at, RequestId request) {
  return fmt::format(
      R"({{"ph":"i","name":"{}","cat":"request",{},"ts":{},"s":"t","args":{{"request":{}}}}})",
      name, thread_of(track), microseconds(at), request.value());
}

std::string counter(std::string_view name, std::int64_t pid, SimTime at, std::string_view unit,
                    std::string_view value) {
  return fmt::format(R"({{"ph":"C","name":"{}","pid":{},"ts":{},"args":{{"{}":{}}}}})", name, pid,
                     microseconds(at), unit, value);
}

}  // namespace kvsim::report
