// Fills a struct from a tree: the field tables of sim/spec say what the document may hold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/config/faults.hpp"
#include "sim/config/key_table.hpp"
#include "sim/config/node.hpp"
#include "sim/spec/field_visitor.hpp"

namespace kvsim::config {

/// Use: `Binder binder(...); describe(binder, value); binder.finish();`
///
/// Requires: `root` is a map and outlives the binder, as do `table` and `faults`.
/// A field that is faulty or absent keeps its value. Unknown keys are told when their map is left,
/// because only then all known ones have been seen.
class Binder : public spec::FieldVisitor {
 public:
  /// `label` precedes paths in messages; `other_keys` may stand in the root, read by somebody else.
  Binder(const Node& root, const KeyTable& table, Faults& faults, std::string label = {},
         std::vector<std::string> other_keys = {});
  void finish();

  void field(const spec::FieldInfo& info, bool& value) override;
  void field(const spec::FieldInfo& info, std::int64_t& value) override;
  void field(const spec::FieldInfo& info, double& value) override;
  void field(const spec::FieldInfo& info, std::string& value) override;
  void field(const spec::FieldInfo& info, Bytes& value) override;
  void field(const spec::FieldInfo& info, BytesPerSecond& value) override;
  void field(const spec::FieldInfo& info, FlopsPerSecond& value) override;
  void field(const spec::FieldInfo& info, PerSecond& value) override;
  void field(const spec::FieldInfo& info, Watts& value) override;
  void field(const spec::FieldInfo& info, Duration& value) override;
  void field(const spec::FieldInfo& info, std::vector<std::int64_t>& values) override;
  void field(const spec::FieldInfo& info, std::vector<double>& values) override;
  void field(const spec::FieldInfo& info, std::vector<std::string>& values) override;
  void field(const spec::FieldInfo& info, std::vector<Duration>& values) override;
  void field(const spec::FieldInfo& info, std::map<std::string, double>& values) override;
  void choice(const spec::FieldInfo& info, std::span<const std::string_view> names,
              int& index) override;
  void choice_list(const spec::FieldInfo& info, std::span<const std::string_view> names,
                   std::vector<int>& indices) override;
  void keyword_or(const spec::FieldInfo& info, std::string_view keyword,
                  std::optional<std::int64_t>& value) override;
  int one_of(std::string_view help, std::span<const std::string_view> keys, int current) override;
  bool present(const spec::FieldInfo& info, bool has_value) override;
  bool applies(bool condition) override;
  void rule(bool holds, std::string_view key, std::string_view message,
            std::string_view way_out) override;
  bool enter(const spec::FieldInfo& info) override;
  void leave() override;
  std::size_t list_size(const spec::FieldInfo& info, std::size_t current) override;
  bool enter_item(const spec::FieldInfo& info, std::size_t index) override;

 private:
  struct Missing {
    std::vector<std::string> keys;  ///< one of these
    std::string help;
  };
  struct BrokenRule {
    std::string key;
    std::string message;
    std::string way_out;
  };
  /// What is not there, told at the end unless an unknown key explains it.
  struct Absence {
    Place place;
    std::string message;
    std::string shown;  ///< its path in messages
    std::vector<std::string> notes;
  };
  /// An unknown key in the map at `parent`, as messages show it.
  struct Stray {
    std::string parent;
    const Entry* entry;
  };
  /// A map that is being read.
  struct Frame {
    const Node* map = nullptr;
    Place place{};        ///< of the key that holds the map
    std::string path{};   ///< in the table
    std::string shown{};  ///< in messages; items of lists have their number
    std::vector<std::string> known{};
    std::vector<Missing> missing{};
    std::vector<BrokenRule> broken_rules{};
    bool faulty = false;
    bool uncertain = false;  ///< a choice is faulty, so nobody knows which keys belong here
  };

  Frame& frame() { return frames_.back(); }
  [[nodiscard]] std::string shown_path(std::string_view key) const;
  void note_known(std::string_view key);
  const Entry* look_up(const spec::FieldInfo& info);
  const Entry* given(const spec::FieldInfo& info);
  void push(const Node& map, Place place, std::string path, std::string shown);
  bool is_map(const spec::FieldInfo& info, const Node& node, const Place& key_place);
  const std::vector<Node>* list_items(const spec::FieldInfo& info);
  void fault(const Place& place, std::string message, std::string_view key,
             std::vector<std::string> notes);
  void report_unknown_keys();
  void report_unknown(const Entry& entry);
  void report_missing();
  void report_rules();
  bool explained_by_missing(const Entry& entry);
  void note_absence(const Place& place, std::string message, std::string_view key,
                    std::vector<std::string> notes);
  [[nodiscard]] bool explained_by_stray(const Absence& absence) const;
  void report_absences();

  template <class T, class Read>
  void read(const spec::FieldInfo& info, T& value, const Read& convert);
  template <class T, class Read>
  void read_list(const spec::FieldInfo& info, std::vector<T>& values, const Read& convert);

  const KeyTable& table_;
  Faults& faults_;
  std::vector<std::string> other_keys_;
  bool partial_;  // what is missing may lie in a file that could not be read
  std::vector<Frame> frames_;
  std::vector<Absence> absences_;
  std::vector<Stray> strays_;
};

/// A `T` from the map `root`; faulty fields keep their defaults.
template <class T>
[[nodiscard]] T read_struct(const Node& root, const KeyTable& table, Faults& faults,
                            const std::string& label = {},
                            const std::vector<std::string>& other_keys = {"extends"}) {
  T value{};
  if (root.kind == NodeKind::Map) {
    Binder binder(root, table, faults, label, other_keys);
    describe(binder, value);
    binder.finish();
  }
  return value;
}

}  // namespace kvsim::config
