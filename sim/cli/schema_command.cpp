// kvsim schema: JSON Schema of the files that kvsim reads.
#include "sim/config/schema.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cli/commands.hpp"
#include "sim/cli/reference_commands.hpp"

namespace kvsim::cli {

int print_schema(const SchemaOptions& options) {
  const auto& names = config::kDocumentNames;
  const auto it = std::find(names.begin(), names.end(), options.document);
  const auto kind = static_cast<config::DocumentKind>(it - names.begin());  // checked by the flag
  fmt::print("{}", config::json_schema(kind));
  return kOk;
}

}  // namespace kvsim::cli
