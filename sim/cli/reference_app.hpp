// The flags and help of the commands about kvsim itself.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace kvsim::cli {

/// Adds schema, init, doctor, reference and `explain metric`; the one that is chosen goes to
/// `command`, which must outlive the parsing. Call it last: `reference` documents all commands.
void add_reference_commands(CLI::App& app, std::function<int()>& command);

}  // namespace kvsim::cli
