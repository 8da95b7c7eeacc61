#include "sim/cli/timeline_flags.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "sim/base/units.hpp"

namespace kvsim::cli {
namespace {

constexpr const char* kWindowFlag = "--timeline-window";
constexpr double kLongest = 1e14;  // seconds; to_duration() takes ten times as much

std::string is_trace_name(const std::string& name) {
  return name.ends_with(".json") || name.ends_with(".json.gz")
             ? std::string()
             : "give a name that ends in .json or .json.gz";
}

SimTime instant(const std::string& text) {
  const ParsedNumber number = parse_number(text, Dimension::Time);
  if (!number.value) {
    throw CLI::ValidationError(kWindowFlag, fmt::format("{}; {}", number.problem, number.hint));
  }
  if (*number.value < 0 || *number.value > kLongest) {
    throw CLI::ValidationError(kWindowFlag, fmt::format("'{}' is no time of a run", text));
  }
  return SimTime(to_duration(Seconds(*number.value)));
}

// An end that is not given is that of the run.
report::TimelineWindow window(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || text.size() == 1) {
    throw CLI::ValidationError(
        kWindowFlag, fmt::format("'{}' is no window; write for example 10s:20s or 10s:", text));
  }
  report::TimelineWindow window;
  if (colon > 0) {
    window.begin = instant(text.substr(0, colon));
  }
  if (colon + 1 < text.size()) {
    window.end = instant(text.substr(colon + 1));
  }
  if (window.begin >= window.end) {
    throw CLI::ValidationError(kWindowFlag, fmt::format("'{}' ends before it begins", text));
  }
  return window;
}

}  // namespace

void add_timeline(CLI::App& app, std::string& file, report::TimelineLimits& limits) {
  CLI::Option* timeline =
      app.add_option("--timeline", file,
                     "a trace for ui.perfetto.dev: slots, KV\nblocks, bandwidth")
          ->type_name("FILE.json[.gz]")
          ->check(is_trace_name);
  app.add_option_function<std::string>(
         kWindowFlag, [&limits](const std::string& text) { limits.window = window(text); },
         "of simulated time; absent: the whole run")
      ->type_name("FROM:TO")
      ->needs(timeline);
  app.add_option("--timeline-events", limits.most_events, "at most; a longer run is thinned out")
      ->check(CLI::Range(std::int64_t{100}, std::int64_t{100'000'000}))
      ->capture_default_str()
      ->needs(timeline);
}

}  // namespace kvsim::cli
