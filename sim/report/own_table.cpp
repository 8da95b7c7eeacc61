#include "sim/report/own_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/report/cells.hpp"

namespace kvsim::report {
namespace {
bool names_the_row(std::string_view column) { return column == "run"; }

void order_by(Table& table, const RunData& key, bool largest_first) {
  const double last = std::numeric_limits<double>::infinity();
  const auto rank = [&](const Row& row) {
    const double number = as_double(key.cells[row.runs.front()].value).value_or(last);
    return largest_first && number != last ? -number : number;  // who has none stands last
  };
  std::stable_sort(table.rows.begin(), table.rows.end(),
                   [&](const Row& a, const Row& b) { return rank(a) < rank(b); });
}

}  // namespace

Table table_of_columns(std::string title, const std::vector<std::string>& names,
                       const Subject& subject, const RunColumns& columns) {
  Table table{.title = std::move(title), .columns = {{"", "run", "", true}}, .rows = {}};
  table.may_turn = true;
  for (std::size_t run = 0; run < subject.labels.size(); ++run) {
    table.rows.push_back({{run}, "", {text_cell(subject.labels[run])}});
  }
  for (const std::string& name : names) {
    const RunData* column = columns.find(name);
    if (column == nullptr || names_the_row(name)) {
      continue;
    }
    table.columns.push_back({"", column->name, ""});
    for (std::size_t run = 0; run < subject.labels.size(); ++run) {
      table.rows[run].cells.push_back(column->cells[run]);
    }
  }
  return table;
}

Table own_table(const spec::ReportSection& asked, const Subject& subject, const RunColumns& columns,
                const TemplatePlace& place) {
  for (std::size_t i = 0; i < asked.columns.size(); ++i) {
    static_cast<void>(column_of(columns, asked.columns[i],
                                {place.file, fmt::format("{}.columns[{}]", place.path, i)}));
  }
  const std::string title = asked.title.empty() ? "Runs" : asked.title;
  Table table = table_of_columns(title, asked.columns, subject, columns);
  if (!asked.sort.empty()) {
    const bool largest_first = asked.sort.front() == '-';
    order_by(table,
             column_of(columns, asked.sort.substr(largest_first ? 1 : 0),
                       {place.file, place.path + ".sort"}),
             largest_first);
  }
  return table;
}

}  // namespace kvsim::report
