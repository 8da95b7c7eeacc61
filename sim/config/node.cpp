#include "sim/config/node.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace kvsim::config {
namespace {

std::string list_text(const Node& node) {
  std::string text;
  for (const Node& item : node.items) {
    text += (text.empty() ? "" : ", ") + to_text(item);
  }
  return "[" + text + "]";
}

std::string map_text(const Node& node) {
  std::string text;
  for (const Entry& entry : node.entries) {
    text += (text.empty() ? "" : ", ") + entry.key + ": " + to_text(entry.value);
  }
  return "{" + text + "}";
}

}  // namespace

Node make_map(Place place) { return {.kind = NodeKind::Map, .place = std::move(place)}; }

Node broken_node(Place place) { return {.kind = NodeKind::Broken, .place = std::move(place)}; }

Node word_at(const Place& place, std::string text) {
  return {.kind = NodeKind::Scalar, .text = std::move(text), .place = place};
}

Node number_at(const Place& place, std::int64_t value) {
  return word_at(place, std::to_string(value));
}

void put(Node& map, std::string key, Node value) {
  const Place place = value.place;
  map.entries.push_back({std::move(key), place, std::move(value)});
}

bool is_unset(const Node& node) { return node.kind == NodeKind::Null && node.text == "null"; }

const Entry* find_entry(const Node& map, std::string_view key) {
  const auto it = std::find_if(map.entries.begin(), map.entries.end(),
                               [&](const Entry& entry) { return entry.key == key; });
  return it == map.entries.end() ? nullptr : &*it;
}

Entry* find_entry(Node& map, std::string_view key) {
  return const_cast<Entry*>(find_entry(std::as_const(map), key));
}

const Entry* find_path(const Node& root, std::string_view dotted) {
  const std::size_t dot = dotted.find('.');
  const Entry* entry = find_entry(root, dotted.substr(0, dot));
  if (entry == nullptr || dot == std::string_view::npos) {
    return entry;
  }
  return find_path(entry->value, dotted.substr(dot + 1));
}

Entry* find_path(Node& root, std::string_view dotted) {
  return const_cast<Entry*>(find_path(std::as_const(root), dotted));
}

void erase_entry(Node& map, std::string_view key) {
  std::erase_if(map.entries, [&](const Entry& entry) { return entry.key == key; });
}

Node nest(std::string_view dotted, const Place& place, Node value) {
  const std::size_t dot = dotted.find('.');
  if (dot != std::string_view::npos) {
    value = nest(dotted.substr(dot + 1), place, std::move(value));
  }
  Node map = make_map(place);
  map.entries.push_back({std::string(dotted.substr(0, dot)), place, std::move(value)});
  return map;
}

std::string to_text(const Node& node) {
  switch (node.kind) {
    case NodeKind::Null:
      return "null";
    case NodeKind::Scalar:
      return node.text;
    case NodeKind::Sequence:
      return list_text(node);
    case NodeKind::Map:
      return map_text(node);
    case NodeKind::Broken:
      return "?";
  }
  return {};
}

std::string joined_path(std::string_view path, std::string_view key) {
  std::string joined(path);
  joined += path.empty() || key.empty() ? "" : ".";
  joined += key;
  return joined;
}

std::string_view kind_name(NodeKind kind) {
  switch (kind) {
    case NodeKind::Null:
      return "nothing";
    case NodeKind::Scalar:
      return "a single value";
    case NodeKind::Sequence:
      return "a list";
    case NodeKind::Map:
      return "a map of keys";
    case NodeKind::Broken:
      return "unreadable";
  }
  return {};
}

}  // namespace kvsim::config
