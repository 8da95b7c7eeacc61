#include <fmt/format.h>

#include "sim/report/render.hpp"

namespace kvsim::report {
namespace {

// Names come from files of the user: nothing in them may become markup or end a cell.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      out += ' ';
    } else if (c == '<') {
      out += "&lt;";
    } else {
      if (std::string_view("\\|*`[]").find(c) != std::string_view::npos) {
        out += '\\';
      }
      out += c;
    }
  }
  return out;
}

std::string table_text(const Table& original) {
  const Table table = arranged(original);
  std::string text = fmt::format("## {}\n\n", escaped(table.title));
  std::string rule;
  for (const Column& column : table.columns) {
    text += fmt::format("| {} ", escaped(full_title(column)));
    rule += column.is_text ? "|:--" : "|--:";
  }
  text += fmt::format("|\n{}|\n", rule);
  for (const Row& row : table.rows) {
    for (const Cell& cell : row.cells) {
      text += fmt::format("| {} ", escaped(cell.text));
    }
    text += "|\n";
  }
  for (const std::string& note : table.notes) {
    text += fmt::format("\n{}\n", escaped(note));
  }
  return text + '\n';
}

}  // namespace

std::string to_markdown(const Report& report) {
  std::string text =
      fmt::format("# {}\n\n**{}**\n\n", escaped(report.title), escaped(report.headline));
  for (const Table& table : report.tables) {
    text += table.only_csv ? "" : table_text(table);
  }
  text += report.footer.empty() ? "" : "## Words\n\n";
  for (const std::string& line : report.footer) {
    text += fmt::format("- {}\n", escaped(line));
  }
  return text;
}

}  // namespace kvsim::report
