#include "sim/config/measured_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "sim/config/library.hpp"
#include "sim/config/scalar_values.hpp"
#include "sim/config/words.hpp"
#include "sim/config/yaml_reader.hpp"

namespace kvsim::config {
namespace {

namespace fs = std::filesystem;

constexpr Shelf kMaps = {"map", "validation", ""};

// What a source may state: the model and its formats, the GPU, flags of the engine, the traffic.
// Prices of kernels and what memory is left for are kvsim's own, and a map cannot tune them.
constexpr std::array<std::string_view, 9> kAllowed = {"model",
                                                      "model.dtype",
                                                      "model.weight_dtype",
                                                      "model.activation_scheme",
                                                      "cluster.gpu",
                                                      "cluster.replicas",
                                                      "engine.",
                                                      "workload.",
                                                      "model.moe.expert_dtype"};
constexpr std::array<std::string_view, 2> kJudged = {"engine.cuda_graph_memory",
                                                     "engine.non_torch_memory"};

bool is_allowed(std::string_view key) {
  const auto covers = [&](std::string_view allowed) {
    return key == allowed || (allowed.ends_with('.') && key.starts_with(allowed));
  };
  return std::any_of(kAllowed.begin(), kAllowed.end(), covers) &&
         std::find(kJudged.begin(), kJudged.end(), key) == kJudged.end();
}

// Reads one map, key by key; what is wrong is collected.
class MapReader {
 public:
  explicit MapReader(Faults& faults) : faults_(faults) {}

  [[nodiscard]] spec::MeasuredMap read(const Node& root) {
    spec::MeasuredMap map;
    walk(root, "",
         {{"version", [&](const Entry& entry) { version(entry); }},
          {"name", text_into(map.name)},
          {"source", text_into(map.source)},
          {"file", text_into(map.file)},
          {"row", text_into(map.row)},
          {"group_by", texts_into(map.group_by)},
          {"measured", [&](const Entry& entry) { measured(entry, map.measured); }},
          {"set", [&](const Entry& entry) { keys(entry, map.set); }},
          {"rules", items([&](const Node& item) { map.rules.push_back(rule(item)); })},
          {"host_fit", items([&](const Node& item) { map.host_fit.push_back(host_fit(item)); })},
          {"targets", items([&](const Node& item) { map.targets.push_back(target(item)); })},
          {"causes", items([&](const Node& item) { map.causes.push_back(cause(item)); })}});
    require(root, "", {"version", "name", "source", "measured", "set"});
    return map;
  }

 private:
  using Handler = std::function<void(const Entry&)>;
  using Handlers = std::vector<std::pair<std::string, Handler>>;

  void walk(const Node& map, const std::string& path, const Handlers& handlers) {
    if (!is(NodeKind::Map, map, path)) {
      return;
    }
    std::vector<std::string> known;
    for (const auto& [key, handler] : handlers) {
      known.push_back(key);
    }
    for (const Entry& entry : map.entries) {
      const auto found = std::find(known.begin(), known.end(), entry.key);
      if (found == known.end()) {
        faults_.error(entry.place, fmt::format("unknown key '{}'", entry.key),
                      joined_path(path, entry.key), way_out(entry.key, known));
      } else {
        handlers[static_cast<std::size_t>(found - known.begin())].second(entry);
      }
    }
  }

  void require(const Node& map, const std::string& path, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (map.kind == NodeKind::Map && find_entry(map, name) == nullptr) {
        faults_.error(map.place, fmt::format("key '{}' is missing", name), joined_path(path, name));
      }
    }
  }

  bool is(NodeKind kind, const Node& node, const std::string& path) {
    if (node.kind == kind || node.kind == NodeKind::Broken) {
      return node.kind == kind;
    }
    faults_.error(node.place,
                  fmt::format("this is {}, but must be {}", kind_name(node.kind), kind_name(kind)),
                  path);
    return false;
  }

  [[nodiscard]] std::string text(const Node& node, const std::string& path) {
    return is(NodeKind::Scalar, node, path) ? node.text : std::string();
  }
  [[nodiscard]] double number(const Node& node, const std::string& path) {
    const spec::FieldInfo info{
        .key = path, .help = "a number above zero", .minimum = 0, .above_minimum = true};
    return ScalarReader(info, path, faults_).number(node, Dimension::Count).value_or(1);
  }
  [[nodiscard]] std::vector<std::string> texts(const Node& node, const std::string& path) {
    if (node.kind == NodeKind::Scalar || node.kind == NodeKind::Null) {
      return {is_unset(node) ? std::string() : node.text};
    }
    std::vector<std::string> all;
    if (is(NodeKind::Sequence, node, path)) {
      for (const Node& item : node.items) {
        all.push_back(is_unset(item) ? std::string() : text(item, path));
      }
    }
    return all;
  }

  Handler text_into(std::string& into) {
    return [this, &into](const Entry& entry) { into = text(entry.value, entry.key); };
  }
  Handler texts_into(std::vector<std::string>& into) {
    return [this, &into](const Entry& entry) { into = texts(entry.value, entry.key); };
  }
  Handler items(const std::function<void(const Node&)>& each) {
    return [this, each](const Entry& entry) {
      if (is(NodeKind::Sequence, entry.value, entry.key)) {
        std::for_each(entry.value.items.begin(), entry.value.items.end(), each);
      }
    };
  }
  Handler when_into(spec::RowConditions& into) {
    return [this, &into](const Entry& entry) { into = conditions(entry); };
  }
  Handler keys_into(std::vector<spec::MappedKey>& into) {
    return [this, &into](const Entry& entry) { keys(entry, into); };
  }

  void version(const Entry& entry) {
    if (text(entry.value, entry.key) != "1") {
      faults_.error(entry.value.place, "this format is version 1", "version", {"write version: 1"});
    }
  }

  [[nodiscard]] spec::RowConditions conditions(const Entry& entry) {
    spec::RowConditions all;
    if (is(NodeKind::Map, entry.value, entry.key)) {
      for (const Entry& column : entry.value.entries) {
        const Entry* other =
            column.value.kind == NodeKind::Map ? find_entry(column.value, "not") : nullptr;
        const Node& values = other != nullptr ? other->value : column.value;
        all.push_back({column.key, texts(values, column.key), other != nullptr});
      }
    }
    return all;
  }

  void measured(const Entry& entry, std::vector<spec::MeasuredMetric>& all) {
    if (!is(NodeKind::Map, entry.value, entry.key)) {
      return;
    }
    for (const Entry& each : entry.value.entries) {
      spec::MeasuredMetric metric{each.key, {}};
      if (each.value.kind == NodeKind::Scalar) {
        metric.column = each.value.text;
      } else {
        walk(each.value, each.key,
             {{"column", text_into(metric.column)},
              {"times", [&](const Entry& times) { metric.times = number(times.value, "times"); }}});
        require(each.value, each.key, {"column"});
      }
      all.push_back(std::move(metric));
    }
  }

  void keys(const Entry& entry, std::vector<spec::MappedKey>& all) {
    if (!is(NodeKind::Map, entry.value, entry.key)) {
      return;
    }
    for (const Entry& each : entry.value.entries) {
      if (!is_allowed(each.key)) {
        faults_.error(each.place, fmt::format("a map cannot set '{}'", each.key), each.key,
                      {"it says what the source of the table says: the model and its formats, the "
                       "GPU, engine flags, the workload"});
      }
      all.push_back(mapped(each));
    }
  }

  [[nodiscard]] spec::MappedKey mapped(const Entry& entry) {
    spec::MappedKey key{entry.key, {}, {}};
    const bool from_column =
        entry.value.kind == NodeKind::Map && find_entry(entry.value, "column") != nullptr;
    if (!from_column) {
      key.value = to_text(entry.value);
      return key;
    }
    walk(entry.value, entry.key,
         {{"column", text_into(key.column)},
          {"times", [&](const Entry& times) { key.times = number(times.value, "times"); }},
          {"per", text_into(key.per)},
          {"unit", text_into(key.unit)},
          {"as", [&](const Entry& as) { words(as, key.as); }}});
    return key;
  }

  void words(const Entry& entry, std::vector<std::pair<std::string, std::string>>& all) {
    if (is(NodeKind::Map, entry.value, entry.key)) {
      for (const Entry& word : entry.value.entries) {
        all.emplace_back(word.key, to_text(word.value));
      }
    }
  }

  [[nodiscard]] spec::RowRule rule(const Node& node) {
    spec::RowRule rule;
    walk(node, "rules",
         {{"when", when_into(rule.when)},
          {"source", text_into(rule.source)},
          {"set", keys_into(rule.set)},
          {"skip", text_into(rule.skip)}});
    require(node, "rules", {"when"});
    if (rule.set.empty() == rule.skip.empty()) {
      faults_.error(node.place, "a rule either sets keys or skips rows", "rules",
                    {"give one of: set, skip"});
    }
    if (!rule.set.empty() && rule.source.empty()) {
      faults_.error(node.place, "a rule that sets keys needs its source", "rules.source",
                    {"where is it written that these servers had these flags?"});
    }
    return rule;
  }

  [[nodiscard]] spec::HostFitRows host_fit(const Node& node) {
    spec::HostFitRows rows;
    walk(node, "host_fit", {{"stack", text_into(rows.stack)}, {"when", when_into(rows.when)}});
    require(node, "host_fit", {"stack", "when"});
    return rows;
  }

  [[nodiscard]] spec::KnownCause cause(const Node& node) {
    spec::KnownCause cause;
    walk(node, "causes",
         {{"when", when_into(cause.when)},
          {"metric", text_into(cause.metric)},
          {"text", text_into(cause.text)}});
    require(node, "causes", {"when", "metric", "text"});
    return cause;
  }

  [[nodiscard]] spec::ValidationTarget target(const Node& node) {
    spec::ValidationTarget target;
    const auto percent_into = [&](auto& into) -> Handler {
      return [this, &into](const Entry& entry) { into = number(entry.value, entry.key) / 100; };
    };
    walk(node, "targets",
         {{"name", text_into(target.name)},
          {"when", when_into(target.when)},
          {"metric", text_into(target.metric)},
          {"median_percent", percent_into(target.median)},
          {"p90_percent", percent_into(target.p90)}});
    require(node, "targets", {"name", "metric", "median_percent"});
    return target;
  }

  Faults& faults_;
};

spec::MeasuredMap read_file(const fs::path& file, Faults& faults) {
  try {
    const Node root = read_yaml(read_source(file), faults);
    return root.kind == NodeKind::Broken ? spec::MeasuredMap() : MapReader(faults).read(root);
  } catch (const ConfigError& error) {
    faults.add(error);
    return {};
  }
}

}  // namespace

spec::MeasuredMap load_measured_map(const std::string& name_or_path, const Library& library) {
  Faults faults;
  const SourcePtr source = make_source(fmt::format("--map {}", name_or_path), name_or_path);
  const Node name{.kind = NodeKind::Scalar, .text = name_or_path, .place = whole_source(source)};
  const fs::path file = find_named(library, kMaps, name, "map", faults);
  faults.throw_if_any();
  spec::MeasuredMap map = read_file(file, faults);
  faults.throw_if_any();
  return map;
}

std::vector<spec::MeasuredMap> load_measured_maps(const Library& library) {
  Faults faults;
  std::vector<spec::MeasuredMap> all;
  for (const fs::path& file : yaml_files(library.configs / kMaps.folder)) {
    all.push_back(read_file(file, faults));
  }
  faults.throw_if_any();
  return all;
}

}  // namespace kvsim::config
