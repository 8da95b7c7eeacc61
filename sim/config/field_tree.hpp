// The field tables of sim/spec as one tree of plain data: what `kvsim schema` and the reference
// pages print. Everything comes from describe(), so a new field appears here by itself.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/spec/field_visitor.hpp"

namespace kvsim::config {

enum class FieldType { Boolean, Whole, Quantity, Text, Choice, KeywordOrWhole, NumbersByName, Map };

/// What a value of a choice does to the keys beside it.
struct Branch {
  std::string choice;               ///< key of the choice, e.g. "variant"
  std::string value;                ///< e.g. "mla"
  std::vector<std::string> needed;  ///< required under this value only
  std::vector<std::string> barred;  ///< not known under it
};

struct RuleText {
  std::string key;
  std::string message;
  std::string way_out;
};

struct FieldNode {
  spec::FieldInfo info;  ///< views into the tables, which live as long as the program
  FieldType type = FieldType::Map;
  Dimension dimension = Dimension::Count;   ///< of a Quantity; Count: a plain number
  bool list = false;                        ///< a list of such values
  bool conditional = false;                 ///< exists under some values of a choice only
  std::vector<std::string> words;           ///< of a Choice; the keyword of a KeywordOrWhole
  std::optional<std::string> default_text;  ///< as one would write it in YAML

  // Of a map:
  std::vector<FieldNode> children;
  std::vector<std::string> alternatives;  ///< exactly one of these keys
  std::vector<Branch> branches;
  std::vector<RuleText> rules;

  [[nodiscard]] const FieldNode* find(std::string_view key) const;
};

using Describe = std::function<void(spec::FieldVisitor&)>;
[[nodiscard]] FieldNode field_tree(const Describe& describe_all);

template <class T>
[[nodiscard]] FieldNode field_tree_of() {
  return field_tree([](spec::FieldVisitor& visitor) {
    T value{};
    describe(visitor, value);
  });
}

}  // namespace kvsim::config
