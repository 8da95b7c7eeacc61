// One line of a JSON-lines trace: the scalars of its object as texts, and one list of ids.
//
// Numbers keep the text they were written with, because times are read as decimals in integers and
// ids may be above 2^53: neither passes through a double. nlohmann-json's event interface (SAX)
// gives them; no tree is built.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/workload/text_file.hpp"
#include "sim/workload/trace_layout.hpp"

namespace kvsim::workload {

struct JsonMember {
  std::string key;
  std::string text;  ///< of a number as written, of a text with its quotes
};

struct JsonRow {
  std::vector<JsonMember> members;
  std::vector<std::int64_t> ids;  ///< of the list under one of the names asked for
  std::string ids_key;            ///< its name; empty: there is no such list

  /// The member that has one of `names`; null: none.
  [[nodiscard]] const JsonMember* find(const Names& names) const;
};

/// Reads `line` into `row`; `id_names` are the keys under which its list of ids may stand.
/// Answers what is wrong: no JSON, no object, a key twice, an id that is no whole number.
[[nodiscard]] std::optional<Fault> parse_json_row(std::string_view line, const Names& id_names,
                                                  JsonRow& row);

/// Column (from 1) of the value of `key` in `line`; 0 if it is not found.
[[nodiscard]] int column_of_value(std::string_view line, std::string_view key);

}  // namespace kvsim::workload
