// The command line of models, gpus, cards, fits and compare-attention: what is known, and what
// follows from it without a simulation.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kvsim::cli {

/// Adds the commands; choosing one of them sets `command`.
void add_catalogue_commands(CLI::App& app, std::function<int()>& command);

}  // namespace kvsim::cli
