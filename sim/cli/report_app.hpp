// kvsim report on the command line.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kvsim::cli {

void add_report(CLI::App& app, std::function<int()>& command);

}  // namespace kvsim::cli
