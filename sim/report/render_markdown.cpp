#include <fmt/format.h>

#include "sim/report/render.hpp"

namespace kvsim::report {
namespace {

// Names come from files of the user: nothing in them may become markup or end a cell.
std::string without_markup(std::string_view text) {
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

std::string notes_text(const Table& table) {
  std::string text;
  for (const std::string& note : table.notes) {
    text += fmt::format("\n{}\n", without_markup(note));
  }
  return text + '\n';
}

// Names of the user may hold backticks; a longer fence than any of them ends the block.
std::string code_text(const Table& table) {
  std::string text;
  for (const Row& row : table.rows) {
    text += table.rows.size() > 1 ? fmt::format("{}:\n\n", without_markup(row.cells[0].text)) : "";
    std::string fence = "```";
    while (row.cells[1].text.find(fence) != std::string::npos) {
      fence += '`';
    }
    text += fmt::format("{0}sh\n{1}\n{0}\n\n", fence, row.cells[1].text);
  }
  return text.substr(0, text.size() - 1) + notes_text(table);
}

std::string table_text(const Table& original) {
  if (original.is_code) {
    return code_text(original);
  }
  const Table table = arranged(original);
  std::string text;
  std::string rule;
  for (const Column& column : table.columns) {
    text += fmt::format("| {} ", without_markup(full_title(column)));
    rule += column.is_text ? "|:--" : "|--:";
  }
  text += fmt::format("|\n{}|\n", rule);
  for (const Row& row : table.rows) {
    for (const Cell& cell : row.cells) {
      text += fmt::format("| {} ", without_markup(cell.text));
    }
    text += "|\n";
  }
  return text + notes_text(table);
}

std::string section_text(const Section& section) {
  std::string text =
      section.title.empty() ? "" : fmt::format("## {}\n\n", without_markup(section.title));
  for (const std::string& paragraph : section.paragraphs) {
    text += without_markup(paragraph) + "\n\n";
  }
  for (const Table& table : section.tables) {
    const bool heads = table.title == section.title || section.tables.size() == 1;
    text +=
        (heads ? "" : fmt::format("### {}\n\n", without_markup(table.title))) + table_text(table);
  }
  return text;
}

}  // namespace

std::string to_markdown(const Report& report) {
  std::string text = fmt::format("# {}\n\n**{}**\n\n", without_markup(report.title),
                                 without_markup(report.headline));
  for (const std::string& finding : report.findings) {
    text += fmt::format("- {}\n", without_markup(finding));
  }
  text += report.findings.empty() ? "" : "\n";
  for (const Section& section : report.sections) {
    text += section_text(section);
  }
  text += report.footer.empty() ? "" : "## Words\n\n";
  for (const std::string& line : report.footer) {
    text += fmt::format("- {}\n", without_markup(line));
  }
  return text;
}

}  // namespace kvsim::report
