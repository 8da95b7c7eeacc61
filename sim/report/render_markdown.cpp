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
  std::string text;
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

std::string section_text(const Section& section) {
  std::string text = section.title.empty() ? "" : fmt::format("## {}\n\n", escaped(section.title));
  for (const std::string& paragraph : section.paragraphs) {
    text += escaped(paragraph) + "\n\n";
  }
  for (const Table& table : section.tables) {
    const bool heads = table.title == section.title || section.tables.size() == 1;
    text += (heads ? "" : fmt::format("### {}\n\n", escaped(table.title))) + table_text(table);
  }
  return text;
}

}  // namespace

std::string to_markdown(const Report& report) {
  std::string text =
      fmt::format("# {}\n\n**{}**\n\n", escaped(report.title), escaped(report.headline));
  for (const Section& section : report.sections) {
    text += section_text(section);
  }
  text += report.footer.empty() ? "" : "## Words\n\n";
  for (const std::string& line : report.footer) {
    text += fmt::format("- {}\n", escaped(line));
  }
  return text;
}

}  // namespace kvsim::report
