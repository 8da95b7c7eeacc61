// How one tree overrides another.
//
//   map onto map            key by key, deeply
//   anything else           replaces what was there; null takes the key away
//   a map that is a choice  a new alternative ({fixed: 100}) drops the old one ({lognormal: ...})
//   model.attention         another `variant` starts afresh, because no width of MLA makes sense
//                           for MHA. Only head_dim is carried over, with a note: the old one, or
//                           MLA's v_head_dim, which is the width that its values had anyway.
//                           Towards MLA, widths that are not given follow from the old head_dim as
//                           in DeepSeek-V2, with a note
//
// Which maps are choices follows from the field tables.
#pragma once

#include <string>

#include "sim/config/faults.hpp"
#include "sim/config/key_table.hpp"
#include "sim/config/node.hpp"

namespace kvsim::config {

class Merger {
 public:
  Merger(const KeyTable& table, Faults& faults) : table_(table), faults_(faults) {}

  /// Overrides `base`, which lies at `path` in the study, by `over`.
  void merge(Node& base, Node over, const std::string& path = {}) const;
  /// Notes that follow name the variant whose overrides are merged.
  void set_variant(std::string name) { variant_ = std::move(name); }

 private:
  void merge_entry(Node& base, Entry over, const std::string& path) const;
  void drop_other_alternatives(Node& base, const Node& over, const std::string& path) const;
  void replace_attention(Node& base, Node over) const;
  void carry_over_head_dim(const Node& base, Node& over) const;
  void derive_mla_widths(const Node& base, Node& over) const;
  [[nodiscard]] std::string whose() const;

  const KeyTable& table_;
  Faults& faults_;
  std::string variant_;
};

}  // namespace kvsim::config
