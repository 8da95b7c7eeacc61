// Words of other engines for vLLM's engine arguments.
#pragma once

#include <string>
#include <vector>

#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"

namespace kvsim::config {

struct EngineAlias {
  std::string word;
  std::string engine;  ///< whose word
  std::string ours;
};
/// All that are known, for the schema.
[[nodiscard]] std::vector<EngineAlias> engine_aliases();

/// Renames the keys of an `engine` map and foreign names of cache formats, with a note for each.
void rename_engine_aliases(Node& engine, Faults& faults);

}  // namespace kvsim::config
