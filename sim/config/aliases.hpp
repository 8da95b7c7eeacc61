// Words of other engines for vLLM's engine arguments.
#pragma once

#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"

namespace kvsim::config {

/// Renames the keys of an `engine` map, with a note for each.
void rename_engine_aliases(Node& engine, Faults& faults);

}  // namespace kvsim::config
