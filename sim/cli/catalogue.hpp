// What the commands that list something share: a table for reading, JSON with real numbers.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/cli/options.hpp"

namespace kvsim::cli {

struct CatalogueEntry {
  std::string name;
  std::vector<std::string> cells;
  nlohmann::ordered_json json;
};

/// Prints all entries, or those that options.names lists, in the catalogue's order.
/// Throws ConfigError when a name is unknown; `kind` is what entries are called then.
void print_catalogue(const CatalogueOptions& options, const std::string& kind,
                     const std::vector<std::string>& header,
                     const std::vector<CatalogueEntry>& entries);

/// The beginning of a source, for a table's last column.
[[nodiscard]] std::string shortened(const std::string& source);

}  // namespace kvsim::cli
