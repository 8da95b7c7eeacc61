// --timeline, --timeline-window and --timeline-events.
#pragma once

#include <string>

#include "sim/report/timeline_window.hpp"

namespace CLI {
class App;
}

namespace kvsim::cli {

void add_timeline(CLI::App& app, std::string& file, report::TimelineLimits& limits);

}  // namespace kvsim::cli
