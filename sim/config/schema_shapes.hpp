// Field trees as JSON Schema: one part says what may stand in a map, the other what must.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sim/config/field_tree.hpp"

namespace kvsim::config {

using Json = nlohmann::ordered_json;

/// Which keys there are, of what type, and which exclude each other: true of parts of a file too.
[[nodiscard]] Json map_shape(const FieldNode& map);

/// What must be there once all parts are together; an empty object if nothing must.
[[nodiscard]] Json completeness(const FieldNode& map);

}  // namespace kvsim::config
