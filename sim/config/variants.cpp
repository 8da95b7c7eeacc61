#include "sim/config/variants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "sim/config/words.hpp"
#include "sim/config/yaml_reader.hpp"

namespace kvsim::config {
namespace {

// More runs than this are surely a slip; `kvsim sweep split` is there for real crowds.
constexpr std::size_t kMostRuns = 100'000;

// Where a map of axes stands, and what messages call it.
struct AxesPlace {
  std::string_view key;
  std::string path;
  std::string_view who;
  std::string_view name;
};

bool is_one_of(const std::string& word, const std::vector<std::string>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool has_empty_part(const std::string& key) {
  return key.empty() || key.front() == '.' || key.back() == '.' ||
         key.find("..") != std::string::npos;
}

std::string first_part(const std::string& key) { return key.substr(0, key.find('.')); }

// Whether a variant or a sweep may change this key; whose name is in `who`.
bool may_override(const std::string& key, const Place& place, std::string_view who,
                  const std::string& path, Faults& faults) {
  static const std::set<std::string> kStudyOnly = {"version", "name",    "variants", "sweep",
                                                   "report",  "extends", "plan"};
  if (has_empty_part(key)) {
    faults.error(place, fmt::format("'{}' has an empty part", key), path,
                 {"write a dotted key such as engine.max_num_seqs"});
    return false;
  }
  if (kStudyOnly.contains(first_part(key))) {
    faults.error(place, fmt::format("{} cannot change '{}'", who, key), path,
                 {"it can change " + comma_list(run_sections())});
    return false;
  }
  return true;
}

std::optional<Override> parse_set(const std::string& text, Faults& faults) {
  const SourcePtr source = make_source("--set " + text, text);
  const std::size_t equals = text.find('=');
  Override set{text.substr(0, equals), {source, 1, 1}, {}};
  if (equals == std::string::npos || has_empty_part(set.key)) {
    faults.error({source, 1, 1}, "this is not key=value", {},
                 {"write for example --set engine.max_num_seqs=64"});
    return std::nullopt;
  }
  set.value = read_yaml(source, faults, equals + 1);
  if (set.value.kind == NodeKind::Null) {
    set.value.place = {source, 1, character_column(text, static_cast<int>(equals) + 2)};
  }
  return set;
}

bool unusable(const Node& study, std::string_view key, NodeKind kind, std::string_view way_out,
              Faults& faults) {
  const Entry* entry = find_entry(study, key);
  if (entry == nullptr || is_unset(entry->value) || entry->value.kind == NodeKind::Broken) {
    return true;
  }
  if (entry->value.kind == kind) {
    return false;
  }
  faults.error(
      entry->place,
      fmt::format("'{}' is {}, but must be {}", key, kind_name(entry->value.kind), kind_name(kind)),
      std::string(key), {std::string(way_out)});
  return true;
}

class VariantReader {
 public:
  explicit VariantReader(Faults& faults) : faults_(faults) {}

  std::optional<Variant> read(const Node& item, std::size_t index) {
    path_ = fmt::format("variants[{}]", index);
    if (item.kind != NodeKind::Map) {
      faults_.error(item.place,
                    fmt::format("a variant is a map of keys, not {}", kind_name(item.kind)), path_,
                    {"write for example {name: GQA-8, model.attention: {variant: gqa}}"});
      return std::nullopt;
    }
    Variant variant;
    for (const Entry& entry : item.entries) {
      read_entry(entry, variant);
    }
    if (find_entry(item, "name") == nullptr && !name_is_misspelt(item, variant)) {
      faults_.error(item.place, "key 'name' is missing", joined_path(path_, "name"),
                    {"every variant has a name of its own"});
    }
    return variant;
  }

 private:
  void read_entry(const Entry& entry, Variant& variant) {
    if (entry.key == "name") {
      read_name(entry, variant);
    } else if (may_override(entry.key, entry.place, "a variant", path_, faults_)) {
      variant.overrides.push_back({entry.key, entry.place, entry.value});
    }
  }

  void read_name(const Entry& entry, Variant& variant) {
    const std::string path = joined_path(path_, "name");
    if (entry.value.kind != NodeKind::Scalar || entry.value.text.empty()) {
      faults_.error(entry.place, "'name' must be a word", path);
      return;
    }
    variant.name = entry.value.text;
    const auto [first, is_new] = lines_.emplace(variant.name, entry.value.place.line);
    if (!is_new) {
      faults_.error(entry.value.place, fmt::format("two variants are named '{}'", variant.name),
                    path, {fmt::format("the first is at line {}", first->second)});
    }
  }

  // A typo and the missing name that it explains are one message.
  bool name_is_misspelt(const Node& item, Variant& variant) {
    for (const Entry& entry : item.entries) {
      if (!is_one_of(first_part(entry.key), run_sections()) && guess_word(entry.key, {"name"})) {
        faults_.error(entry.place, fmt::format("unknown key '{}'", entry.key),
                      joined_path(path_, entry.key), {"did you mean 'name'? (required here)"});
        std::erase_if(variant.overrides, [&](const Override& o) { return o.key == entry.key; });
        return true;
      }
    }
    return false;
  }

  Faults& faults_;
  std::string path_;
  std::map<std::string, int> lines_;
};

void append_points(const std::vector<Axis>& axes, std::size_t axis, const RunPlan& plan,
                   std::vector<RunPlan>& plans) {
  if (axis == axes.size()) {
    plans.push_back(plan);
    return;
  }
  for (const Node& value : axes[axis].values) {
    RunPlan next = plan;
    next.overrides.push_back({axes[axis].key, axes[axis].place, value});
    next.point.emplace_back(axes[axis].key, to_text(value));
    append_points(axes, axis + 1, next, plans);
  }
}

}  // namespace

const std::vector<std::string>& run_sections() {
  static const std::vector<std::string> kSections = {"model",    "cluster", "engine",
                                                     "workload", "slo",     "prices"};
  return kSections;
}

bool is_at_or_below(const std::string& key, const std::string& other) {
  return key == other || (key.starts_with(other) && key[other.size()] == '.');
}

std::vector<Override> parse_sets(const std::vector<std::string>& sets, Faults& faults) {
  std::vector<Override> overrides;
  for (const std::string& text : sets) {
    try {
      if (auto set = parse_set(text, faults)) {
        overrides.push_back(std::move(*set));
      }
    } catch (const ConfigError& error) {
      faults.add(error);
    }
  }
  return overrides;
}

std::vector<Variant> read_variants(const Node& study, Faults& faults) {
  if (unusable(study, "variants", NodeKind::Sequence, "write variants: [{name: ...}, ...]",
               faults)) {
    return {{"base", {}}};
  }
  const Entry& entry = *find_entry(study, "variants");
  VariantReader reader(faults);
  std::vector<Variant> variants;
  for (std::size_t i = 0; i < entry.value.items.size(); ++i) {
    if (auto variant = reader.read(entry.value.items[i], i)) {
      variants.push_back(std::move(*variant));
    }
  }
  if (entry.value.items.empty()) {
    faults.error(entry.place, "'variants' is empty", "variants", {"drop the key to run the base"});
  }
  return variants;
}

namespace {

std::vector<Axis> read_axes(const Node& holder, const AxesPlace& where, Faults& faults) {
  std::vector<Axis> axes;
  std::size_t points = 1;
  for (const Entry& entry : find_entry(holder, where.key)->value.entries) {
    const std::string path = joined_path(where.path, entry.key);
    if (!may_override(entry.key, entry.place, where.who, path, faults)) {
      continue;
    }
    if (entry.value.kind != NodeKind::Sequence || entry.value.items.empty()) {
      faults.error(
          entry.value.kind == NodeKind::Null ? entry.place : entry.value.place,
          fmt::format("'{}' needs a list of values", entry.key), path,
          {fmt::format("write {}: [{}]", entry.key,
                       entry.value.kind == NodeKind::Scalar ? entry.value.text : "first, second")});
      continue;
    }
    points *= entry.value.items.size();
    if (points > kMostRuns) {
      faults.error(entry.place, fmt::format("{} has more than {} points", where.name, kMostRuns),
                   path);
      return {};
    }
    axes.push_back({entry.key, entry.place, entry.value.items});
  }
  return axes;
}

}  // namespace

std::vector<Axis> read_sweep(const Node& study, Faults& faults) {
  if (unusable(study, "sweep", NodeKind::Map, "write sweep: {dotted.key: [value, ...]}", faults)) {
    return {};
  }
  return read_axes(study, {"sweep", "sweep", "a sweep", "the sweep"}, faults);
}

std::vector<Axis> read_search(const Node& plan, Faults& faults) {
  if (unusable(plan, "search", NodeKind::Map,
               "write search: {engine.tensor_parallel_size: [1, 2, 4, 8]}", faults)) {
    return {};
  }
  std::vector<Axis> axes =
      read_axes(plan, {"search", "plan.search", "a search", "the search"}, faults);
  for (const Axis& axis : axes) {
    if (axis.key == "cluster.replicas") {
      faults.error(axis.place, "the plan finds the number of replicas by itself",
                   "plan.search.cluster.replicas", {"drop it, or write plan: {replicas: 4}"});
    }
  }
  return axes;
}

std::vector<RunPlan> plan_runs(const std::vector<Variant>& variants,
                               const std::vector<Axis>& axes) {
  std::vector<RunPlan> plans;
  for (const Variant& variant : variants) {
    append_points(axes, 0, {variant.name, variant.overrides, {}}, plans);
  }
  return plans;
}

}  // namespace kvsim::config
