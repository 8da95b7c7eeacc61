// The command line of kvsim explain: what its subcommands are called and which flags they take.
#pragma once

#include <functional>

#include "sim/cli/options.hpp"

namespace CLI {
class App;
}

namespace kvsim::cli {

/// Adds `explain`; choosing one of its commands sets `command`, which refers to `options`.
void add_explain(CLI::App& app, ExplainOptions& options, std::function<int()>& command);

}  // namespace kvsim::cli
