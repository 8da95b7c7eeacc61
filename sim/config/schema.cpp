#include "sim/config/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/config/aliases.hpp"
#include "sim/config/document.hpp"
#include "sim/config/node.hpp"
#include "sim/config/schema_shapes.hpp"
#include "sim/config/variants.hpp"
#include "sim/spec/plan.hpp"

namespace kvsim::config {
namespace {

void complete_unless(Json& json, const FieldNode& tree, const std::vector<std::string>& keys) {
  Json any = Json::array();
  for (const std::string& key : keys) {
    any.push_back({{"required", {key}}});
  }
  json["if"] = {{"not", {{"anyOf", std::move(any)}}}};
  json["then"] = completeness(tree);
}

using DottedKeys = std::vector<std::pair<std::string, std::string>>;

// Dotted keys with a pointer to the shape of what they hold. Keys of lists have no dotted name.
void add_dotted_keys(DottedKeys& keys, const Json& shape, const std::string& path,
                     const std::string& pointer) {
  for (const auto& [key, child] : shape["properties"].items()) {
    const std::string here = joined_path(path, key);
    const std::string target = fmt::format("{}/properties/{}", pointer, key);
    keys.emplace_back(here, target);
    if (child.contains("properties")) {
      add_dotted_keys(keys, child, here, target);
    }
  }
}

DottedKeys dotted_keys(const Json& study) {
  DottedKeys keys;
  add_dotted_keys(keys, study, "", "#");
  std::erase_if(keys, [](const auto& key) {
    const std::string section = key.first.substr(0, key.first.find('.'));
    const auto& sections = run_sections();
    return std::find(sections.begin(), sections.end(), section) == sections.end();
  });
  return keys;
}

// Below names that the study chooses. A pointer to nothing: of any shape.
const DottedKeys& chosen_keys() {
  static const DottedKeys kKeys = {
      {R"(^cluster\.pools\.[^.]+$)", "#/properties/cluster/properties/pools/additionalProperties"},
      {R"(^cluster\.pools\.[^.]+\.gpu$)", "#/properties/cluster/properties/gpu"},
      {R"(^cluster\.pools\.[^.]+\.replicas$)",
       "#/properties/cluster/properties/pools/additionalProperties/properties/replicas"},
      {R"(^cluster\.pools\.[^.]+\.startup_delay$)",
       "#/properties/cluster/properties/startup_delay"},
      {R"(^cluster\.pools\.[^.]+\.engine$)", "#/properties/engine"},
      {R"(^cluster\.pools\.[^.]+\.engine\.[^.]+$)", ""},
      {R"(^cluster\.pools\.[^.]+\.gpu\..+$)", ""},
      {R"(^prices\.gpu_hour\..+$)",
       "#/properties/prices/properties/gpu_hour/additionalProperties"}};
  return kKeys;
}

Json pointed_shape(const std::string& pointer) {
  return pointer.empty() ? Json::object() : Json{{"$ref", pointer}};
}

Json list_of_values(Json value) {
  return {{"type", "array"}, {"minItems", 1}, {"items", std::move(value)}};
}

void add_variants_and_sweep(Json& json) {
  Json variant = Json::object();
  Json axes = Json::object();
  Json chosen = Json::object();
  Json chosen_axes = Json::object();
  for (const auto& [pattern, pointer] : chosen_keys()) {
    chosen[pattern] = pointed_shape(pointer);
    chosen_axes[pattern] = list_of_values(pointed_shape(pointer));
  }
  variant["name"] = {{"description", "name of the variant"}, {"type", "string"}, {"minLength", 1}};
  for (const auto& [key, pointer] : dotted_keys(json)) {
    variant[key] = {{"$ref", pointer}};
    axes[key] = list_of_values(pointed_shape(pointer));
  }
  json["properties"]["variants"] = {
      {"description", "sets of overrides on the base, each with a name; keys are dotted"},
      {"type", {"array", "null"}},
      {"minItems", 1},
      {"items",
       {{"type", "object"},
        {"properties", std::move(variant)},
        {"patternProperties", std::move(chosen)},
        {"additionalProperties", false},
        {"required", {"name"}}}}};
  json["properties"]["sweep"] = {
      {"description", "dotted keys, each with a list of values; every combination is run"},
      {"type", {"object", "null"}},
      {"properties", std::move(axes)},
      {"patternProperties", std::move(chosen_axes)},
      {"additionalProperties", false}};
}

void add_plan(Json& json) {
  Json plan = map_shape(field_tree_of<spec::PlanSpec>());
  plan["description"] = "what kvsim plan is to find";
  plan["type"] = {"object", "null"};
  plan["properties"]["search"] = json["properties"]["sweep"];
  plan["properties"]["search"]["description"] =
      "dotted keys, each with a list of values; every combination is a layout";
  json["properties"]["plan"] = std::move(plan);
}

void may_be_named(Json& shape) {
  shape["type"] = {"object", "string"};
  shape["minLength"] = 1;
}

void add_aliases(Json& engine) {
  for (const EngineAlias& alias : engine_aliases()) {
    Json same = engine["properties"][alias.ours];
    same["description"] = fmt::format("{}'s word for {}", alias.engine, alias.ours);
    same.erase("default");
    engine["properties"][alias.word] = std::move(same);
  }
}

void add_extends(Json& json) {
  json["properties"]["extends"] = {
      {"description", "path of a file that this one adds to, relative to this file"},
      {"type", "string"},
      {"minLength", 1}};
}

// `from` is read by the loader, not by the table; what the other tool's file brings may be missing.
void add_import(Json& workload) {
  workload["properties"]["from"] = {
      {"description", "path of an inference-perf configuration whose load and lengths are taken"},
      {"type", "string"},
      {"minLength", 1}};
}

void add_preset(Json& slo) {
  may_be_named(slo);
  slo["type"].push_back("null");
  slo["properties"]["preset"] = {
      {"description", "a name in configs/slos or a path; keys beside it change a part"},
      {"type", "string"},
      {"minLength", 1}};
}

// Each pool may have a GPU and an engine of its own; both are read by pools.cpp, not by the table.
void add_pools(Json& cluster) {
  Json replicas = cluster["properties"]["replicas"];
  replicas["description"] = "engines that serve side by side in this pool; 0: it is left out";
  replicas["minimum"] = 0;
  replicas.erase("default");
  Json pool = {{"type", {"object", "null"}},
               {"properties",
                {{"gpu", {{"$ref", "#/properties/cluster/properties/gpu"}}},
                 {"replicas", std::move(replicas)},
                 {"startup_delay", {{"$ref", "#/properties/cluster/properties/startup_delay"}}},
                 {"engine", {{"$ref", "#/properties/engine"}}}}},
               {"additionalProperties", false}};
  cluster["properties"]["pools"] = {
      {"description",
       "unlike replicas behind one router, by name; what a pool does not say is that "
       "of cluster and engine"},
      {"type", {"object", "null"}},
      {"additionalProperties", std::move(pool)}};
}

void allow_pools(Json& needs) {
  Json& cluster = needs["properties"]["cluster"];
  cluster = {{"if", {{"not", {{"required", {"pools"}}}}}}, {"then", Json(cluster)}};
}

void allow_import(Json& needs) {
  Json& workload = needs["properties"]["workload"];
  workload = {{"if", {{"not", {{"required", {"from"}}}}}}, {"then", Json(workload)}};
}

Json study_schema(const FieldNode& tree) {
  Json json = map_shape(tree);
  Json& properties = json["properties"];
  properties["version"] = {{"description", properties["version"]["description"]},
                           {"enum", {kVersion}}};
  may_be_named(properties["model"]);
  may_be_named(properties["workload"]);
  may_be_named(properties["cluster"]["properties"]["gpu"]);
  add_pools(properties["cluster"]);
  add_preset(properties["slo"]);
  add_aliases(properties["engine"]);
  add_import(properties["workload"]);
  add_variants_and_sweep(json);
  add_plan(json);
  complete_unless(json, tree, {"extends", "variants", "sweep"});
  allow_import(json["then"]);
  allow_pools(json["then"]);
  return json;
}

Json part_schema(DocumentKind kind, const FieldNode& tree) {
  Json json = map_shape(tree);
  if (kind == DocumentKind::Engine) {
    add_aliases(json);
  } else {
    complete_unless(json, tree, {"extends"});
  }
  return json;
}

}  // namespace

FieldNode document_tree(DocumentKind kind) {
  switch (kind) {
    case DocumentKind::Study:
      return field_tree_of<Document>();
    case DocumentKind::Model:
      return field_tree_of<spec::ModelSpec>();
    case DocumentKind::Gpu:
      return field_tree_of<spec::GpuSpec>();
    case DocumentKind::Card:
      return field_tree_of<spec::CardSpec>();
    case DocumentKind::Workload:
      return field_tree_of<spec::WorkloadSpec>();
    case DocumentKind::Report:
      return field_tree_of<spec::ReportTemplate>();
    case DocumentKind::Slo:
      return field_tree_of<spec::SloSpec>();
    case DocumentKind::Engine:
      break;
  }
  FieldNode engine = field_tree_of<spec::EngineSpec>();
  std::erase_if(engine.children, [](const FieldNode& node) { return node.info.key == "profile"; });
  return engine;
}

std::string json_schema(DocumentKind kind) {
  const FieldNode tree = document_tree(kind);
  const std::string_view name = spec::name_of(kind, kDocumentNames);
  Json json;
  json["$schema"] = "http://json-schema.org/draft-07/schema#";
  json["title"] = fmt::format("kvsim {}", name);
  json["description"] =
      fmt::format("Made by `kvsim schema {}` from the field tables in sim/spec.", name);
  json.update(kind == DocumentKind::Study ? study_schema(tree) : part_schema(kind, tree));
  add_extends(json);
  return json.dump(2) + '\n';
}

}  // namespace kvsim::config
