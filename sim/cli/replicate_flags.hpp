// --replicates and --confidence, of every command that shows error bars.
#pragma once

#include <string>

#include "sim/plan/replicate.hpp"

namespace CLI {
class App;
}

namespace kvsim::cli {

void add_replicates(CLI::App& app, plan::ReplicateOptions& options, const std::string& help);

/// Intervals need replicates beyond them on both sides. Throws ConfigError that says how many.
void refuse_few_replicates(const plan::ReplicateOptions& options);

}  // namespace kvsim::cli
