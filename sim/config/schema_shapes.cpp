#include "sim/config/schema_shapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sim/config/schema.hpp"

namespace kvsim::config {
namespace {

// number_length() of base/units.cpp: digits without a leading zero, point, exponent.
constexpr const char* kMantissa = R"((?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+))";
constexpr const char* kExponent = "[eE][-+]?[0-9]+";

std::string example_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::Count:
      return "8192 or 8k";
    case Dimension::Size:
      return "80 GiB";
    case Dimension::Bandwidth:
      return "3.35 TB/s";
    case Dimension::ComputeRate:
      return "989 TFLOP/s";
    case Dimension::Time:
      return "50 ms";
    case Dimension::Rate:
      return "4/s";
    case Dimension::Power:
      return "700 W";
  }
  return {};
}

bool may_be_negative(const FieldNode& node) { return node.info.minimum < 0; }

void add_limits(Json& json, const FieldNode& node) {
  const auto number = [&](double value) {
    const bool whole = node.type == FieldType::Whole || node.type == FieldType::KeywordOrWhole;
    return whole ? Json(static_cast<std::int64_t>(value)) : Json(value);
  };
  if (std::isfinite(node.info.minimum)) {
    json[node.info.above_minimum ? "exclusiveMinimum" : "minimum"] = number(node.info.minimum);
  }
  if (std::isfinite(node.info.maximum)) {
    json["maximum"] = number(node.info.maximum);
  }
}

// Plain numbers may carry k or M, and YAML 1.1 reads 1e6 as text.
Json number_shape(const FieldNode& node, const char* type) {
  Json json;
  json["type"] = {type, "string"};
  add_limits(json, node);
  json["pattern"] = quantity_pattern(Dimension::Count, may_be_negative(node));
  json["patternErrorMessage"] = "a plain number, for example 8192 or 8k";
  return json;
}

// `null` takes a name away that an extended file gave.
Json numbers_shape(const FieldNode& node) {
  Json number = number_shape(node, "number");
  number["type"].push_back("null");
  return number;
}

Json value_shape(const FieldNode& node) {
  switch (node.type) {
    case FieldType::Boolean:
      return {{"type", "boolean"}};
    case FieldType::Whole:
      return number_shape(node, "integer");
    case FieldType::Quantity:
      if (node.dimension == Dimension::Count) {
        return number_shape(node, "number");
      }
      return {{"type", "string"},
              {"pattern", quantity_pattern(node.dimension, may_be_negative(node))},
              {"patternErrorMessage",
               fmt::format("a number with its unit, for example {}", example_of(node.dimension))}};
    case FieldType::Text:
      return {{"type", "string"}, {"minLength", 1}};
    case FieldType::Choice:
      return {{"enum", node.words}};
    case FieldType::KeywordOrWhole:
      return {{"anyOf", {{{"enum", node.words}}, number_shape(node, "integer")}}};
    case FieldType::NumbersByName:
      return {{"type", "object"}, {"additionalProperties", numbers_shape(node)}};
    case FieldType::Map:
      break;
  }
  return Json::object();
}

Json default_of(const FieldNode& node) {
  const std::string& text = *node.default_text;
  const bool count = node.type == FieldType::Quantity && node.dimension == Dimension::Count;
  if (node.type == FieldType::Boolean) {
    return text == "true";
  }
  if (node.type == FieldType::Whole) {
    return std::strtoll(text.c_str(), nullptr, 10);
  }
  return count ? Json(std::strtod(text.c_str(), nullptr)) : Json(text);
}

bool is_alternative(const FieldNode& map, std::string_view key) {
  return std::find(map.alternatives.begin(), map.alternatives.end(), key) != map.alternatives.end();
}

// `null` takes back what a parent file or a profile said.
void allow_null(Json& json) {
  if (json.contains("enum")) {
    json["enum"].push_back(nullptr);
  } else if (json.contains("anyOf")) {
    json["anyOf"].push_back({{"type", "null"}});
  } else if (json["type"].is_array()) {
    json["type"].push_back("null");
  } else {
    json["type"] = {json["type"], "null"};
  }
}

Json list_of(Json item) { return {{"type", "array"}, {"items", std::move(item)}}; }

Json branch_condition(const Branch& branch) {
  return {{"properties", {{branch.choice, {{"const", branch.value}}}}},
          {"required", {branch.choice}}};
}

void add_barred_keys(Json& json, const FieldNode& map) {
  for (const Branch& branch : map.branches) {
    if (branch.barred.empty()) {
      continue;
    }
    Json bars = Json::object();
    for (const std::string& key : branch.barred) {
      bars[key] = false;
    }
    json["allOf"].push_back({{"if", branch_condition(branch)}, {"then", {{"properties", bars}}}});
  }
}

void add_at_most_one(Json& json, const FieldNode& map) {
  for (std::size_t i = 0; i < map.alternatives.size(); ++i) {
    for (std::size_t j = i + 1; j < map.alternatives.size(); ++j) {
      json["allOf"].push_back(
          {{"not", {{"required", {map.alternatives[i], map.alternatives[j]}}}}});
    }
  }
}

Json field_shape(const FieldNode& parent, const FieldNode& node) {
  Json json;
  json["description"] = node.info.help;
  Json shape = node.type == FieldType::Map ? map_shape(node) : value_shape(node);
  json.update(node.list ? list_of(std::move(shape)) : std::move(shape));
  if (!node.info.required && !is_alternative(parent, node.info.key)) {
    allow_null(json);
  }
  if (node.default_text) {
    json["default"] = default_of(node);
  }
  return json;
}

void add_needed_keys(Json& json, const FieldNode& map) {
  for (const FieldNode& child : map.children) {
    if (child.info.required && !child.conditional && !is_alternative(map, child.info.key)) {
      json["required"].push_back(child.info.key);
    }
  }
  for (const Branch& branch : map.branches) {
    if (!branch.needed.empty()) {
      json["allOf"].push_back(
          {{"if", branch_condition(branch)}, {"then", {{"required", branch.needed}}}});
    }
  }
  for (const std::string& key : map.alternatives) {
    json["oneOf"].push_back({{"required", {key}}});
  }
}

}  // namespace

std::string quantity_pattern(Dimension dimension, bool may_be_negative) {
  const std::string number = fmt::format("{}{}", may_be_negative ? "[-+]?" : "\\+?", kMantissa);
  std::vector<std::string_view> units = unit_names(dimension);
  std::erase(units, "");
  const std::string with_unit =
      fmt::format("{}(?:{})?\\s*(?:{})", number, kExponent, fmt::join(units, "|"));
  return dimension == Dimension::Count ? fmt::format("^(?:{}|{}{})$", with_unit, number, kExponent)
                                       : fmt::format("^{}$", with_unit);
}

Json map_shape(const FieldNode& map) {
  Json json;
  json["type"] = "object";
  json["properties"] = Json::object();
  for (const FieldNode& child : map.children) {
    json["properties"][std::string(child.info.key)] = field_shape(map, child);
  }
  json["additionalProperties"] = false;
  add_barred_keys(json, map);
  add_at_most_one(json, map);
  return json;
}

Json completeness(const FieldNode& map) {
  Json json = Json::object();
  add_needed_keys(json, map);
  Json inner = Json::object();
  for (const FieldNode& child : map.children) {
    const Json needs = child.type == FieldType::Map ? completeness(child) : Json::object();
    if (!needs.empty()) {
      inner[std::string(child.info.key)] = child.list ? Json{{"items", needs}} : needs;
    }
  }
  if (!inner.empty()) {
    json["properties"] = std::move(inner);
  }
  return json;
}

}  // namespace kvsim::config
