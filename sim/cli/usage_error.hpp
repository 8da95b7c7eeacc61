// A wrong command line, with a suggestion.
#pragma once

#include <string>

#include "sim/base/diagnostic.hpp"

namespace CLI {
class App;
}

namespace kvsim::cli {

/// `what` CLI11 says is wrong, what may have been meant, and where to read on. CLI11 itself
/// suggests nothing and has exit codes of its own.
[[nodiscard]] ConfigError usage_error(const std::string& what, CLI::App& app, int argc,
                                      char** argv);

}  // namespace kvsim::cli
