// The flags and help of the commands about results: compare and rerun.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kvsim::cli {

/// The one that is chosen goes to `command`, which must outlive the parsing.
void add_results_commands(CLI::App& app, std::function<int()>& command);

}  // namespace kvsim::cli
