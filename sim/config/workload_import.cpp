#include "sim/config/workload_import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/words.hpp"

namespace kvsim::config {
namespace {

using Words = std::vector<std::string>;

// A map of the file with the keys that matter here. Others are refused, unless they cannot change
// which requests are sent.
class Section {
 public:
  Section(const Node& map, std::string path, Faults& faults)
      : map_(map), path_(std::move(path)), faults_(faults) {}

  [[nodiscard]] const Place& place() const { return map_.place; }
  [[nodiscard]] std::string path_of(std::string_view key) const { return joined_path(path_, key); }

  void refuse_other_keys(const Words& read, const Words& without_effect) const {
    for (const Entry& entry : map_.entries) {
      const auto is_in = [&](const Words& words) {
        return std::find(words.begin(), words.end(), entry.key) != words.end();
      };
      if (!is_in(read) && !is_in(without_effect) && !is_unset(entry.value)) {
        faults_.error(entry.place, fmt::format("'{}' cannot be imported", entry.key),
                      path_of(entry.key), {"read here: " + comma_list(read)});
      }
    }
  }
  /// The value under `key` if it is given and of this kind.
  [[nodiscard]] const Node* find(std::string_view key, NodeKind kind) const {
    const Entry* entry = find_entry(map_, key);
    if (entry == nullptr || is_unset(entry->value) || entry->value.kind == NodeKind::Broken) {
      return nullptr;
    }
    if (entry->value.kind != kind) {
      faults_.error(entry->place,
                    fmt::format("'{}' is {}, but must be {}", key, kind_name(entry->value.kind),
                                kind_name(kind)),
                    path_of(key));
      return nullptr;
    }
    return &entry->value;
  }
  [[nodiscard]] const Node* require(std::string_view key, NodeKind kind,
                                    const std::string& way_out) const {
    if (find_entry(map_, key) == nullptr) {
      faults_.error(map_.place, fmt::format("key '{}' is missing", key), path_of(key), {way_out});
      return nullptr;
    }
    return find(key, kind);
  }

 private:
  const Node& map_;
  std::string path_;
  Faults& faults_;
};

Node with_unit(const Node& number, std::string_view unit) {
  return word_at(number.place, number.text + std::string(unit));
}

Node stage_of(const Place& place, Node rate, Node duration) {
  Node stage = make_map(place);
  put(stage, "request_rate", std::move(rate));
  put(stage, "duration", std::move(duration));
  return stage;
}

class WorkloadImporter {
 public:
  explicit WorkloadImporter(Faults& faults) : faults_(faults) {}

  Node workload(const Node& file);

 private:
  [[nodiscard]] std::optional<Node> arrivals(const Node& load);
  [[nodiscard]] std::optional<std::string> gaps(const Section& load);
  [[nodiscard]] Node stages(const Section& load, const Node& list);
  [[nodiscard]] std::optional<Node> lengths(const Section& data, const Place& place);
  [[nodiscard]] bool is_drawn(const Section& data, const Node& type);
  [[nodiscard]] std::optional<Node> distribution(const Section& data, std::string_view key);
  [[nodiscard]] std::optional<Node> distribution_of(const Section& from, std::string_view type);
  [[nodiscard]] std::optional<Node> prompts(const Node& data);
  [[nodiscard]] std::optional<Node> shared_prefix(const Section& data, const Place& type);
  void refuse_multi_turn(const Section& prefix, const Node& map);

  Faults& faults_;
};

std::optional<std::string> WorkloadImporter::gaps(const Section& load) {
  const Node* type = load.require("type", NodeKind::Scalar, "load.type is constant or poisson");
  if (type == nullptr) {
    return std::nullopt;
  }
  if (type->text == "constant") {
    faults_.note(type->place,
                 "inference-perf's constant rate has random gaps: a fixed number of requests, "
                 "spread over each stage as a Poisson process would; so here (gaps: counted)",
                 load.path_of("type"), {"for even gaps: workload.arrivals.gaps: constant"});
    return "counted";
  }
  if (type->text == "poisson") {
    return "poisson";
  }
  faults_.error(type->place, fmt::format("load type '{}' cannot be imported", type->text),
                load.path_of("type"), {"constant and poisson can"});
  return std::nullopt;
}

Node WorkloadImporter::stages(const Section& load, const Node& list) {
  const Node* interval = load.find("interval", NodeKind::Scalar);
  Node stages{.kind = NodeKind::Sequence, .place = list.place};
  for (std::size_t i = 0; i < list.items.size(); ++i) {
    const std::string path = fmt::format("{}[{}]", load.path_of("stages"), i);
    const Node& item = list.items[i];
    if (item.kind != NodeKind::Map) {
      faults_.error(item.place, "a stage must be a map with rate and duration", path);
      continue;
    }
    const Section stage(item, path, faults_);
    stage.refuse_other_keys({"rate", "duration"}, {});
    const Node* rate = stage.require("rate", NodeKind::Scalar, "requests per second");
    const Node* duration = stage.require("duration", NodeKind::Scalar, "in seconds");
    if (rate == nullptr || duration == nullptr) {
      continue;
    }
    if (interval != nullptr && interval->text != "0" && !stages.items.empty()) {
      stages.items.push_back(
          stage_of(interval->place, word_at(interval->place, "0/s"), with_unit(*interval, " s")));
    }
    stages.items.push_back(
        stage_of(item.place, with_unit(*rate, "/s"), with_unit(*duration, " s")));
  }
  if (list.items.size() > 1) {
    faults_.note(list.place,
                 "inference-perf starts a stage after the last answer of the stage before it; "
                 "here it starts on time",
                 load.path_of("stages"));
  }
  return stages;
}

std::optional<Node> WorkloadImporter::arrivals(const Node& load) {
  const Section section(load, "load", faults_);
  section.refuse_other_keys({"type", "stages", "interval"},
                            {"num_workers", "worker_max_concurrency", "worker_max_tcp_connections",
                             "request_timeout", "circuit_breakers", "base_seed"});
  const auto how = gaps(section);
  const Node* list =
      section.require("stages", NodeKind::Sequence, "load.stages is a list of {rate, duration}");
  if (!how || list == nullptr) {
    return std::nullopt;
  }
  Node arrivals = make_map(load.place);
  put(arrivals, "process", word_at(load.place, "stages"));
  put(arrivals, "gaps", word_at(load.place, *how));
  put(arrivals, "stages", stages(section, *list));
  return arrivals;
}

// The same questions over and over are not what is simulated, but the system prompts are.
std::optional<Node> WorkloadImporter::shared_prefix(const Section& data, const Place& type) {
  data.refuse_other_keys({"type", "shared_prefix"}, {});
  const Node* map = data.require("shared_prefix", NodeKind::Map, "with num_groups and lengths");
  if (map == nullptr) {
    return std::nullopt;
  }
  const Section prefix(*map, data.path_of("shared_prefix"), faults_);
  refuse_multi_turn(prefix, *map);
  prefix.refuse_other_keys(
      {"num_groups", "num_prompts_per_group", "system_prompt_len", "question_len", "output_len"},
      {"seed", "enable_multi_turn_chat"});
  const auto get = [&](std::string_view key) {
    return prefix.require(key, NodeKind::Scalar, "a shared prefix needs it: a whole number");
  };
  const Node* groups = get("num_groups");
  const Node* system = get("system_prompt_len");
  const Node* question = get("question_len");
  const Node* output = get("output_len");
  if (groups == nullptr || system == nullptr || question == nullptr || output == nullptr) {
    return std::nullopt;
  }
  faults_.note(type,
               "inference-perf makes num_prompts_per_group questions for each group and sends "
               "them again and again; here every question is new",
               data.path_of("type"));
  Node lengths = make_map(map->place);
  put(lengths, "prompt", nest("fixed", question->place, *question));
  put(lengths, "output", nest("fixed", output->place, *output));
  Node before = make_map(map->place);
  put(before, "num_groups", *groups);
  put(before, "tokens", nest("fixed", system->place, *system));
  Node prompts = make_map(map->place);
  put(prompts, "lengths", std::move(lengths));
  put(prompts, "shared_prefix", std::move(before));
  return prompts;
}

// Its clients keep an order of their own: the next turn of a user waits for a turn of each other.
void WorkloadImporter::refuse_multi_turn(const Section& prefix, const Node& map) {
  const Entry* entry = find_entry(map, "enable_multi_turn_chat");
  if (entry != nullptr && !is_unset(entry->value) && entry->value.text != "false") {
    faults_.error(entry->place, "'enable_multi_turn_chat' cannot be imported",
                  prefix.path_of("enable_multi_turn_chat"),
                  {"for turns of conversations: workload.conversation"});
  }
}

// Whether the lengths come from distributions.
bool WorkloadImporter::is_drawn(const Section& data, const Node& type) {
  if (type.text == "random" || type.text == "synthetic") {
    return true;
  }
  faults_.error(
      type.place,
      fmt::format("data type '{}' cannot be imported: its lengths are not in this file", type.text),
      data.path_of("type"),
      {"random, synthetic and shared_prefix can; for a data set, count its tokens and use trace: "
       "with "
       "format: lengths"});
  return false;
}

std::optional<Node> WorkloadImporter::distribution_of(const Section& from, std::string_view type) {
  Node values = make_map(from.place());
  const auto copy = [&](std::string_view key, std::string_view ours) {
    const Node* value = from.require(
        key, NodeKind::Scalar, fmt::format("a {} distribution needs it: lengths in tokens", type));
    if (value != nullptr) {
      put(values, std::string(ours), *value);
    }
  };
  if (type == "fixed") {
    copy("mean", "fixed");
    return values;
  }
  copy("min", "min");
  copy("max", "max");
  if (type == "normal") {
    copy("mean", "mean");
    const bool short_name = from.find("std", NodeKind::Scalar) != nullptr;
    copy(short_name ? "std" : "std_dev", "std_dev");
  }
  return nest(type, from.place(), std::move(values));
}

std::optional<Node> WorkloadImporter::distribution(const Section& data, std::string_view key) {
  const Node* map = data.require(key, NodeKind::Map, "with min, max, mean and std_dev");
  if (map == nullptr) {
    return std::nullopt;
  }
  const Section section(*map, data.path_of(key), faults_);
  section.refuse_other_keys({"min", "max", "mean", "std_dev", "std", "type"}, {"total_count"});
  const Node* type = section.find("type", NodeKind::Scalar);
  const std::string name = type == nullptr ? "normal" : type->text;
  if (name != "normal" && name != "uniform" && name != "fixed") {
    faults_.error(type->place, fmt::format("a distribution of type '{}' cannot be imported", name),
                  section.path_of("type"), {"normal, uniform and fixed can"});
    return std::nullopt;
  }
  return distribution_of(section, name);
}

std::optional<Node> WorkloadImporter::lengths(const Section& section, const Place& place) {
  section.refuse_other_keys({"type", "input_distribution", "output_distribution"}, {});
  auto prompt = distribution(section, "input_distribution");
  auto output = distribution(section, "output_distribution");
  if (!prompt || !output) {
    return std::nullopt;
  }
  Node lengths = make_map(place);
  put(lengths, "prompt", std::move(*prompt));
  put(lengths, "output", std::move(*output));
  return nest("lengths", place, std::move(lengths));
}

// What of a workload says what the requests are.
std::optional<Node> WorkloadImporter::prompts(const Node& data) {
  const Section section(data, "data", faults_);
  const Node* type =
      section.require("type", NodeKind::Scalar, "data.type is random, synthetic or shared_prefix");
  if (type == nullptr) {
    return std::nullopt;
  }
  if (type->text == "shared_prefix" || type->text == "sharedPrefix") {
    return shared_prefix(section, type->place);
  }
  return is_drawn(section, *type) ? lengths(section, data.place) : std::nullopt;
}

Node WorkloadImporter::workload(const Node& file) {
  const Section root(file, "", faults_);
  root.refuse_other_keys({"load", "data"}, {"api", "server", "tokenizer", "metrics", "report",
                                            "storage", "circuit_breakers", "name", "version"});
  const Node* load = root.require("load", NodeKind::Map, "this is no inference-perf file");
  const Node* data = root.require("data", NodeKind::Map, "this is no inference-perf file");
  if (load == nullptr || data == nullptr) {
    return broken_node(file.place);
  }
  auto when = arrivals(*load);
  auto what = prompts(*data);
  if (!when || !what) {
    return broken_node(file.place);
  }
  Node workload = make_map(file.place);
  put(workload, "arrivals", std::move(*when));
  for (Entry& entry : what->entries) {
    workload.entries.push_back(std::move(entry));
  }
  return workload;
}

}  // namespace

Node import_inference_perf(const Node& file, Faults& faults) {
  return file.kind == NodeKind::Map ? WorkloadImporter(faults).workload(file)
                                    : broken_node(file.place);
}

}  // namespace kvsim::config
