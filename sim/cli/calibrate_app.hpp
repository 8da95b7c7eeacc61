// The command line of `kvsim calibrate`: from measured tables to cards.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kvsim::cli {

/// Adds the command; choosing one of its parts sets `command`.
void add_calibrate(CLI::App& app, std::function<int()>& command);

}  // namespace kvsim::cli
