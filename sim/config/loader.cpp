#include "sim/config/loader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/sha256.hpp"
#include "sim/config/aliases.hpp"
#include "sim/config/hf_config.hpp"
#include "sim/config/words.hpp"
#include "sim/config/workload_import.hpp"
#include "sim/config/yaml_reader.hpp"

namespace kvsim::config {

namespace fs = std::filesystem;

namespace {

bool is_json(const fs::path& file) { return file.extension() == ".json"; }

// JSON may be indented by tabs, which YAML refuses; places stay the same.
SourcePtr without_tabs(Source source) {
  std::replace(source.text.begin(), source.text.end(), '\t', ' ');
  return std::make_shared<const Source>(std::move(source));
}

}  // namespace

Node Loader::read_study(const fs::path& file) { return read_file(file, ""); }

Node Loader::read_part(const fs::path& file, const std::string& path) {
  const std::string id = path + '\n' + file.string();
  const auto known = parts_.find(id);
  if (known != parts_.end()) {
    return known->second;
  }
  return parts_[id] = read_file(file, path);
}

Node Loader::read_text(const SourcePtr& source) {
  Node tree = read_yaml(source, faults_);
  expand(tree);
  return tree;
}

Node Loader::read_named(const Shelf& shelf, const Node& name, const std::string& path) {
  const fs::path file = find_named(library_, shelf, name, path, faults_);
  return file.empty() ? broken_node(name.place) : read_part(file, path);
}

Node Loader::read_file(const fs::path& file, const std::string& path) {
  Node tree = parse_file(file);
  if (tree.kind != NodeKind::Map) {
    return tree;
  }
  if (is_json(file)) {
    return read_json(tree, path);
  }
  if (path.empty()) {
    expand(tree);
  } else if (path == "engine") {
    rename_engine_aliases(tree, faults_);
  }
  return with_parent(std::move(tree), file, path);
}

// The one JSON that stands for a part of a study is a model's config.json.
Node Loader::read_json(const Node& tree, const std::string& path) {
  if (path == kModels.what) {
    return import_hf_config(tree, path, faults_);
  }
  const std::string part = path.empty() ? "study" : path;
  faults_.error(tree.place, fmt::format("a {} is not read from JSON", part), path,
                {"only a model is: Hugging Face's config.json"});
  return broken_node(tree.place);
}

Node Loader::parse_file(const fs::path& file) {
  try {
    const SourcePtr source = read_source(file);
    remember(file, source->text);
    Node tree = read_yaml(is_json(file) ? without_tabs(*source) : source, faults_);
    if (tree.kind == NodeKind::Map || tree.kind == NodeKind::Broken) {
      return tree;
    }
    const bool empty = tree.kind == NodeKind::Null;
    faults_.error(whole_source(source),
                  empty ? "the file is empty"
                        : fmt::format("the file is {}, but must be a map of "
                                      "keys",
                                      kind_name(tree.kind)),
                  {}, {"a file starts with lines such as 'name: my-study'"});
  } catch (const ConfigError& error) {
    faults_.add(error);
  }
  return broken_node(whole_source(make_source(file.string(), "", file.parent_path())));
}

bool Loader::closes_a_cycle(const fs::path& parent, const Node& extends) const {
  const auto first = std::find_if(open_.begin(), open_.end(), [&](const fs::path& open) {
    std::error_code error;
    return fs::equivalent(open, parent, error);
  });
  if (first == open_.end()) {
    return false;
  }
  std::string circle;
  for (auto it = first; it != open_.end(); ++it) {
    circle += it->string() + " -> ";
  }
  faults_.error(extends.place, "these files extend each other in a circle", "extends",
                {circle + first->string()});
  return true;
}

std::optional<Node> Loader::read_parent(const Node& extends, const fs::path& file,
                                        const std::string& path) {
  if (extends.kind != NodeKind::Scalar) {
    faults_.error(extends.place, "'extends' must be the path of one file", "extends");
    return std::nullopt;
  }
  const fs::path parent = (file.parent_path() / extends.text).lexically_normal();
  if (!fs::exists(parent)) {
    faults_.error(extends.place, fmt::format("there is no file '{}'", parent.string()), "extends",
                  {"the path starts at the folder of this file"});
    return std::nullopt;
  }
  if (closes_a_cycle(parent, extends)) {
    return std::nullopt;
  }
  Node tree = read_file(parent, path);
  return tree.kind == NodeKind::Map ? std::optional(std::move(tree)) : std::nullopt;
}

Node Loader::with_parent(Node child, const fs::path& file, const std::string& path) {
  const Entry* entry = find_entry(child, "extends");
  if (entry == nullptr) {
    return child;
  }
  const Node extends = entry->value;
  erase_entry(child, "extends");
  open_.push_back(file);
  std::optional<Node> parent = read_parent(extends, file, path);
  open_.pop_back();
  if (!parent) {
    child.incomplete = true;
    return child;
  }
  parent->place = child.place;
  parent->incomplete = parent->incomplete || child.incomplete;
  merger_.merge(*parent, std::move(child), path);
  return std::move(*parent);
}

void Loader::expand_name(Node& tree, const std::string& path, const Shelf& shelf) {
  Entry* entry = find_path(tree, path);
  if (entry == nullptr || entry->value.kind != NodeKind::Scalar) {
    return;
  }
  entry->value = read_named(shelf, entry->value, path);
  entry->value.replaces = true;
}

// workload.from: a file in another tool's words. What stands beside it changes a part of it; as a
// whole it replaces a workload that is overridden.
void Loader::import_workload(Node& tree) {
  Entry* workload = find_entry(tree, "workload");
  const bool is_map = workload != nullptr && workload->value.kind == NodeKind::Map;
  const Entry* from = is_map ? find_entry(workload->value, "from") : nullptr;
  if (from == nullptr || is_unset(from->value)) {
    return;
  }
  const Node name = from->value;
  erase_entry(workload->value, "from");
  const fs::path file = find_import(name, "workload.from", faults_);
  Node imported =
      file.empty() ? broken_node(name.place) : import_inference_perf(parse_file(file), faults_);
  merger_.merge(imported, std::move(workload->value), "workload");
  workload->value = std::move(imported);
  workload->value.replaces = true;
}

// slo.preset: named limits, of which what stands beside it changes a part.
void Loader::lay_preset_under_slo(Node& tree) {
  Entry* slo = find_entry(tree, "slo");
  const bool is_map = slo != nullptr && slo->value.kind == NodeKind::Map;
  const Entry* preset = is_map ? find_entry(slo->value, "preset") : nullptr;
  if (preset == nullptr || is_unset(preset->value)) {
    return;
  }
  const Node name = preset->value;
  erase_entry(slo->value, "preset");
  Node limits = name.kind == NodeKind::Scalar ? read_named(kSlos, name, "slo.preset")
                                              : broken_node(name.place);
  if (name.kind != NodeKind::Scalar) {
    faults_.error(name.place, "'preset' must be the name of limits", "slo.preset",
                  {"'kvsim slos' lists all"});
  }
  if (Entry* called = find_entry(limits, "name");
      called != nullptr && !slo->value.entries.empty()) {
    called->value.text += " (changed)";
  }
  merger_.merge(limits, std::move(slo->value), "slo");
  slo->value = std::move(limits);
  slo->value.replaces = true;
}

void Loader::expand_pools(Node& tree) {
  Entry* pools = find_path(tree, "cluster.pools");
  if (pools == nullptr) {
    return;
  }
  for (Entry& pool : pools->value.entries) {
    expand_name(tree, fmt::format("cluster.pools.{}.gpu", pool.key), kGpus);
    if (Entry* engine = find_entry(pool.value, "engine")) {
      rename_engine_aliases(engine->value, faults_);
    }
  }
}

void Loader::expand(Node& tree) {
  expand_name(tree, "model", kModels);
  expand_name(tree, "cluster.gpu", kGpus);
  expand_pools(tree);
  expand_name(tree, "workload", kWorkloads);
  import_workload(tree);
  expand_name(tree, "slo", kSlos);
  lay_preset_under_slo(tree);
  if (Entry* engine = find_entry(tree, "engine")) {
    rename_engine_aliases(engine->value, faults_);
  }
}

void Loader::report_missing_profile(const Entry& engine) {
  for (const Entry& entry : engine.value.entries) {
    if (guess_word(entry.key, {"profile"})) {
      return;  // a typo, which the binder tells
    }
  }
  faults_.error(engine.place, "key 'profile' is missing", "engine.profile",
                {"known: " + comma_list(known_names(library_, kEngines))});
}

void Loader::lay_profile_under(Node& tree) {
  Entry* engine = find_entry(tree, "engine");
  if (engine == nullptr || engine->value.kind != NodeKind::Map) {
    return;
  }
  const Entry* profile = find_entry(engine->value, "profile");
  if (profile == nullptr) {
    if (!tree.incomplete) {
      report_missing_profile(*engine);
    }
    return;
  }
  if (profile->value.kind != NodeKind::Scalar) {
    return;
  }
  Node defaults = read_named(kEngines, profile->value, "engine.profile");
  if (defaults.kind != NodeKind::Map) {
    return;
  }
  const Place place = engine->value.place;
  merger_.merge(defaults, std::move(engine->value), "engine");
  engine->value = std::move(defaults);
  engine->value.place = place;
}

// A file of the library is named from configs/ on, so that a result does not depend on where the
// library lies.
void Loader::remember(const fs::path& file, const std::string& text) {
  const fs::path absolute = fs::absolute(file).lexically_normal();
  std::string name = file.lexically_normal().generic_string();
  for (const fs::path& folder : {library_.configs, library_.cards, library_.templates}) {
    if (folder.empty()) {
      continue;
    }
    const fs::path root = fs::absolute(folder).lexically_normal();
    const fs::path inside = absolute.lexically_relative(root);
    if (!inside.empty() && *inside.begin() != "..") {
      name = (root.filename() / inside).generic_string();
    }
  }
  const bool is_new = std::none_of(inputs_.begin(), inputs_.end(),
                                   [&](const auto& input) { return input.path == name; });
  if (is_new) {
    inputs_.push_back({name, sha256_hex(text)});
  }
}

}  // namespace kvsim::config
