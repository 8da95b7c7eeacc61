// A YAML document as a tree of text: nothing is a number until a field asks for one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/config/source.hpp"

namespace kvsim::config {

/// Broken stands for something that was already reported; whoever meets it stays silent.
enum class NodeKind { Null, Scalar, Sequence, Map, Broken };

struct Entry;

struct Node {
  NodeKind kind = NodeKind::Null;
  std::string text{};       ///< of a scalar, as written; of a null: "null", or "" if left out
  bool quoted = false;      ///< a quoted or block scalar: text, never a number
  bool replaces = false;    ///< stands for a file that was named: never merged into another map
  bool incomplete = false;  ///< of a file's root: a part that it refers to is missing
  Place place{};
  std::vector<Node> items{};     ///< of a sequence
  std::vector<Entry> entries{};  ///< of a map, in the order of the file
};

struct Entry {
  std::string key;
  Place place;
  Node value;
};

[[nodiscard]] Node make_map(Place place);
/// A scalar of ours at the place of something of theirs.
[[nodiscard]] Node word_at(const Place& place, std::string text);
[[nodiscard]] Node number_at(const Place& place, std::int64_t value);
void put(Node& map, std::string key, Node value);
[[nodiscard]] Node broken_node(Place place);
/// An explicit `null` or `~`: the key counts as not given.
[[nodiscard]] bool is_unset(const Node& node);

[[nodiscard]] const Entry* find_entry(const Node& map, std::string_view key);
[[nodiscard]] Entry* find_entry(Node& map, std::string_view key);
/// Follows a dotted path; null if a part is absent.
[[nodiscard]] const Entry* find_path(const Node& root, std::string_view dotted);
[[nodiscard]] Entry* find_path(Node& root, std::string_view dotted);
void erase_entry(Node& map, std::string_view key);

/// "a.b.c" as {a: {b: {c: value}}}, every key at `place`.
[[nodiscard]] Node nest(std::string_view dotted, const Place& place, Node value);
/// One line of YAML with the same content.
[[nodiscard]] std::string to_text(const Node& node);
[[nodiscard]] std::string joined_path(std::string_view path, std::string_view key);
[[nodiscard]] std::string_view kind_name(NodeKind kind);

}  // namespace kvsim::config
