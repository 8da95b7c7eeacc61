// What the field tables of sim/spec say about a document's shape: which keys exist where, which
// exclude each other, and which belong to one value of a choice only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/spec/field_visitor.hpp"

namespace kvsim::config {

/// Paths are dotted; the items of a list lie under its own path.
class KeyTable {
 public:
  using Describe = std::function<void(spec::FieldVisitor&)>;
  explicit KeyTable(const Describe& describe_all);

  template <class T>
  [[nodiscard]] static KeyTable of() {
    return KeyTable([](spec::FieldVisitor& visitor) {
      T value{};
      describe(visitor, value);
    });
  }

  /// Keys of which the map at `path` has exactly one; empty if it is not such a map.
  [[nodiscard]] const std::vector<std::string>& alternatives(const std::string& path) const;

  struct Owner {
    std::string choice;               ///< key of the choice, e.g. "variant"
    std::vector<std::string> values;  ///< under which the key exists, e.g. {"mla"}
  };
  /// Set if `key` exists in the map at `path` under some values of a choice only.
  [[nodiscard]] std::optional<Owner> owner(const std::string& path, const std::string& key) const;

  /// Paths of the maps that know this key.
  [[nodiscard]] std::vector<std::string> homes(std::string_view key) const;

 private:
  using Keys = std::map<std::string, std::vector<std::string>>;  // of the map at each path

  Keys keys_;
  Keys alternatives_;
  std::map<std::pair<std::string, std::string>, Owner> owners_;
};

}  // namespace kvsim::config
