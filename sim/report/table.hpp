// One summary, many clothes: the tables that terminal, markdown, CSV and HTML all render.
//
// A cell holds the number as it is in result.json and the text a person reads; a renderer chooses
// between the two and computes nothing, so the same number cannot differ between formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace kvsim::report {

using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

struct Cell {
  Value value;       ///< in the base unit of the column's key; monostate: there is none
  std::string text;  ///< rounded, in the column's unit or with a unit of its own
};

struct Column {
  std::string key;  ///< its name in CSV, "{}" stands for the row's key; empty: not in CSV
  std::string title;
  std::string unit;                 ///< of the texts; empty when they carry their own or have none
  bool is_text = false;             ///< prose or a name: left-aligned, may be wrapped
  std::vector<std::size_t> runs{};  ///< of a table that was turned: the runs it speaks of
  std::string variant{};            ///< the same, where that does not follow from `runs`
};

struct Row {
  std::vector<std::size_t> runs;  ///< positions of the runs it speaks of; empty: of the study
  std::string key;                ///< fills "{}" in the keys of the columns
  std::vector<Cell> cells;        ///< one per column
  std::string variant{};          ///< that it speaks of, where that does not follow from `runs`
};

struct Table {
  std::string title;
  std::vector<Column> columns;  ///< the first one names the row
  std::vector<Row> rows;
  std::vector<std::string> notes{};  ///< sentences below the table
  bool may_turn = false;  ///< rows are runs: with few of them it reads better with runs as columns
  bool in_brief = false;  ///< belongs to the short form that a terminal shows
  bool only_csv = false;  ///< too long to read
  bool is_code = false;   ///< rows are a name and lines to be copied as they are
};

/// A picture of the numbers of a table. Only HTML shows it.
struct Chart {
  std::string title;
  std::string hint;  ///< how to read it, a sentence or two
  std::string spec;  ///< Vega-Lite, as JSON
};

/// A part of the page under one heading: paragraphs, then charts, then tables.
struct Section {
  std::string title;
  std::vector<std::string> paragraphs{};
  std::vector<Chart> charts{};
  std::vector<Table> tables{};
  bool folded = false;  ///< closed until somebody opens it
};

/// How much of the simulated time rests on one kind of evidence.
struct Badge {
  std::string tag;   ///< "measured", "extrapolated", ...
  std::string text;  ///< "12.3 % to 45.6 %"
};

/// Everything a reader gets to see, in reading order.
struct Report {
  std::string title;
  std::string headline;                 ///< one sentence that answers the question
  std::vector<std::string> findings{};  ///< after it: of several questions a sentence each
  std::vector<Section> sections;
  std::vector<Table> tables;         ///< all that there are: for CSV and the terminal's short form
  std::vector<std::string> run_ids;  ///< for the row names of CSV
  std::vector<std::string> footer;   ///< definitions, one sentence each
  std::vector<std::string> variants{};        ///< names, in their order
  std::vector<std::string> variant_of_run{};  ///< of each run
  std::vector<Badge> badges{};
};

}  // namespace kvsim::report
