// kvsim sweep, declared to CLI11.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace kvsim::cli {

/// `argv`: for the manifest.
void add_sweep(CLI::App& app, std::function<int()>& command, const std::vector<std::string>& argv);

}  // namespace kvsim::cli
