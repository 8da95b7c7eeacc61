// The map of a config.json: keys under several spellings, the language model of a multimodal file,
// and a record of what was understood.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/config/faults.hpp"
#include "sim/config/node.hpp"

namespace kvsim::config {

using Spellings = std::vector<std::string_view>;

class HfReader {
 public:
  HfReader(const Node& json, std::string path, Faults& faults);

  /// The first of these spellings whose value is not null. All count as understood; an error if
  /// two of them say different things.
  [[nodiscard]] const Entry* find(const Spellings& spellings);
  /// The same, also outside of text_config.
  [[nodiscard]] const Entry* find_anywhere(const Spellings& spellings);
  [[nodiscard]] bool has(const Spellings& spellings) { return find(spellings) != nullptr; }

  /// A whole number, or the one that a list holds for every layer alike.
  [[nodiscard]] std::optional<std::int64_t> number(const Spellings& spellings);
  [[nodiscard]] std::optional<std::int64_t> number_of(const Entry& entry);
  [[nodiscard]] std::int64_t number_or(const Spellings& spellings, std::int64_t otherwise);
  [[nodiscard]] bool flag(std::string_view key, bool otherwise);
  /// The items of a list; a fault if it is something else.
  [[nodiscard]] const std::vector<Node>* list(const Entry& entry);
  [[nodiscard]] std::vector<std::int64_t> numbers(const Entry& entry);

  /// Understood, though nothing follows from them.
  void ignore(const Spellings& spellings);
  [[nodiscard]] bool understood(const Entry& entry) const { return used_.count(&entry) > 0; }

  void error(const Place& place, std::string message, std::string_view key,
             std::vector<std::string> notes);
  void note(const Place& place, std::string message, std::string_view key,
            std::vector<std::string> notes = {});
  [[nodiscard]] bool any_errors() const { return errors_ > 0; }

  /// Errors for all keys that nobody asked for and that are not known to be without effect.
  void report_unknown();

  [[nodiscard]] Place whole() const { return whole_source(json_.place.source); }
  [[nodiscard]] const Node& model() const { return *model_; }
  [[nodiscard]] bool is_nested() const { return model_ != &json_; }

 private:
  [[nodiscard]] const Entry* find_in(const Node& map, const Spellings& spellings);
  void report_unknown_in(const Node& map, bool outer);

  const Node& json_;
  const Node* model_;  // json_, or the map of the language model in it
  std::string path_;
  Faults& faults_;
  std::set<const Entry*> used_;
  int errors_ = 0;
};

}  // namespace kvsim::config
