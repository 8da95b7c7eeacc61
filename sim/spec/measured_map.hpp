// How a table of measured servers becomes runs to simulate: plain data of
// configs/validation/*.yaml.
//
// A map says what the table's source says and nothing else: which column is which study key, which
// flags the server had and where that is written, which rows are left out and why. It cannot name a
// card or an efficiency.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kvsim::spec {

/// A study key and where its value comes from: `value` as it is written, or a column.
struct MappedKey {
  std::string key;                ///< of a study: engine.max_num_seqs
  std::string value;              ///< YAML; empty with a column
  std::string column;             ///< empty with a value
  std::optional<double> times{};  ///< factor to the column's number; whole, rounded down
  std::string per{};              ///< column to divide by; whole, rounded. Mostly empty
  std::string unit{};             ///< written after the column's text: "/s"
  std::vector<std::pair<std::string, std::string>> as{};  ///< word of the table, word of kvsim
};

/// Holds when the column has one of the values, or none of them; an empty value stands for an empty
/// field.
struct RowCondition {
  std::string column;
  std::vector<std::string> values;
  bool none_of_them = false;
};
/// All must hold.
using RowConditions = std::vector<RowCondition>;

/// What is known of some rows.
struct RowRule {
  RowConditions when;
  std::string source;  ///< where it is written
  std::vector<MappedKey> set{};
  std::string skip{};  ///< why these rows cannot be simulated; empty: they can
};

/// A metric of result.json and the column that has it measured.
struct MeasuredMetric {
  std::string metric;
  std::string column;
  double times = 1;  ///< to kvsim's unit
};

/// What errors of some rows are to stay below, as fractions of one.
struct ValidationTarget {
  std::string name;
  RowConditions when;
  std::string metric;
  double median = 0;
  std::optional<double> p90{};
};

/// Rows that host time of a stack was fitted to, which no error counts.
struct HostFitRows {
  std::string stack;
  RowConditions when;
};

/// What is known of why some rows are off.
struct KnownCause {
  RowConditions when;
  std::string metric;
  std::string text;
};

struct MeasuredMap {
  std::string name;
  std::string source;
  std::string file;  ///< usual name of the table
  std::string row;   ///< column that names a row; empty: its line
  std::vector<std::string> group_by;
  std::vector<MeasuredMetric> measured;
  std::vector<MappedKey> set;
  std::vector<RowRule> rules;
  std::vector<HostFitRows> host_fit;
  std::vector<ValidationTarget> targets;
  std::vector<KnownCause> causes;
};

}  // namespace kvsim::spec
