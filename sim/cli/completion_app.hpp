// kvsim completion: the command line as a shell may complete it.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kvsim::cli {

/// Adds the command; it reads the tree of `app` when it runs, so that it knows every other one.
void add_completion(CLI::App& app, std::function<int()>& command);

}  // namespace kvsim::cli
