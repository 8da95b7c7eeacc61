#include <fmt/format.h>

#include "sim/report/cells.hpp"
#include "sim/report/render.hpp"

namespace kvsim::report {
namespace {

constexpr std::size_t kMostRunsAsColumns = 4;

}  // namespace

std::string full_title(const Column& column) {
  return column.unit.empty() ? column.title : fmt::format("{} ({})", column.title, column.unit);
}

Table arranged(const Table& table) {
  const bool turn = table.may_turn && table.rows.size() <= kMostRunsAsColumns &&
                    table.columns.size() - 1 > table.rows.size();
  if (!turn) {
    return table;
  }
  Table turned{.title = table.title, .columns = {{"", "", "", true}}, .rows = {}};
  turned.notes = table.notes;
  for (const Row& row : table.rows) {
    turned.columns.push_back({"", row.cells.front().text, "", false, row.runs, row.variant});
  }
  for (std::size_t i = 1; i < table.columns.size(); ++i) {
    Row line{{}, "", {text_cell(full_title(table.columns[i]))}};
    for (const Row& row : table.rows) {
      line.cells.push_back(row.cells[i]);
    }
    turned.rows.push_back(std::move(line));
  }
  return turned;
}

std::vector<Section> sections_of(const std::vector<Table>& tables) {
  std::vector<Section> sections;
  for (const Table& table : tables) {
    if (!table.only_csv) {
      sections.push_back({.title = table.title, .tables = {table}});
    }
  }
  return sections;
}

}  // namespace kvsim::report
