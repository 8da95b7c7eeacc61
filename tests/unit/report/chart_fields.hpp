// What a chart's specification asks of its data.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace kvsim::report {

/// Every {"field": ...} anywhere below.
inline void collect_fields(const nlohmann::json& node, std::set<std::string>& fields) {
  if (node.is_object() && node.contains("field")) {
    fields.insert(node["field"].get<std::string>());
  }
  if (node.is_structured()) {
    for (const nlohmann::json& child : node) {
      collect_fields(child, fields);
    }
  }
}

}  // namespace kvsim::report
