#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/report/render.hpp"

namespace kvsim::report {
namespace {

constexpr std::size_t kGap = 2;              // between columns
constexpr std::size_t kNarrowestProse = 16;  // a wrapped column is at least this wide

constexpr std::size_t kTitleWidth = 10;  // titles up to here stay on one line if there is room

// Characters, not bytes; what the tables hold ("×", "–") is one place wide each.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

// Control characters in names would move the cursor.
std::string printable(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    c = byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  return clean;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// Bytes of the first `width` characters of `text`.
std::size_t bytes_of(std::string_view text, std::size_t width) {
  std::size_t bytes = 0;
  while (bytes < text.size() && width_of(text.substr(0, bytes + 1)) <= width) {
    ++bytes;
  }
  return bytes;
}

// At spaces where there are any; a word that is too long for a line is cut.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    std::string_view word = text.substr(begin, end - begin);
    if (!lines.back().empty() && width_of(lines.back()) + 1 + width_of(word) > width) {
      lines.emplace_back();
    }
    while (width_of(word) > width) {
      lines.back() = word.substr(0, bytes_of(word, width));
      word.remove_prefix(lines.back().size());
      lines.emplace_back();
    }
    lines.back() += fmt::format("{}{}", lines.back().empty() ? "" : " ", word);
    begin = end + 1;
  }
  return lines;
}

std::string padded(const std::string& text, std::size_t width, bool left) {
  const std::string space(width - std::min(width, width_of(text)), ' ');
  return left ? text + space : space + text;
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

using Lines = std::vector<std::vector<std::string>>;  // texts by row and column, titles first

Lines texts_of(const Table& table) {
  Lines lines(1);
  for (const Column& column : table.columns) {
    lines.front().push_back(printable(full_title(column)));
  }
  for (const Row& row : table.rows) {
    lines.emplace_back();
    for (const Cell& cell : row.cells) {
      lines.back().push_back(printable(cell.text));
    }
  }
  return lines;
}

std::size_t longest_word(std::string_view text) {
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    longest = std::max(longest, width_of(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return longest;
}

// Titles may break at spaces, but not below `title_width`; cells may not.
std::vector<std::size_t> natural_widths(const Lines& lines, std::size_t title_width) {
  std::vector<std::size_t> widths;
  for (const std::string& title : lines.front()) {
    widths.push_back(std::max(longest_word(title), std::min(title_width, width_of(title))));
  }
  for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
    for (std::size_t i = 0; i < line->size(); ++i) {
      widths[i] = std::max(widths[i], width_of((*line)[i]));
    }
  }
  return widths;
}

std::size_t total_width(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), kGap * (widths.size() - 1));
}

// Columns of prose give way, the last one first, until the table fits.
void shrink_prose(const Table& table, std::vector<std::size_t>& widths, std::size_t limit) {
  for (std::size_t i = widths.size(); i-- > 0 && total_width(widths) > limit;) {
    if (table.columns[i].is_text) {
      const std::size_t excess = total_width(widths) - limit;
      const std::size_t narrowest = std::min(widths[i], kNarrowestProse);
      widths[i] = std::max(narrowest, widths[i] - std::min(widths[i], excess));
    }
  }
}

std::string line_text(const Table& table, const std::vector<std::string>& texts,
                      const std::vector<std::size_t>& widths,
                      const std::vector<std::size_t>& columns) {
  std::vector<std::vector<std::string>> cells;
  std::size_t height = 1;
  for (const std::size_t c : columns) {
    cells.push_back(wrapped(texts[c], widths[c]));
    height = std::max(height, cells.back().size());
  }
  std::string text;
  for (std::size_t h = 0; h < height; ++h) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string& part = h < cells[i].size() ? cells[i][h] : std::string();
      line += std::string(i == 0 ? 0 : kGap, ' ') +
              padded(part, widths[columns[i]], table.columns[columns[i]].is_text);
    }
    text += trimmed(line) + '\n';
  }
  return text;
}

// The first column, which names the row, is repeated in each part.
std::vector<std::vector<std::size_t>> parts_that_fit(const std::vector<std::size_t>& widths,
                                                     std::size_t limit) {
  std::vector<std::vector<std::size_t>> parts = {{0}};
  std::size_t used = widths[0];
  for (std::size_t c = 1; c < widths.size(); ++c) {
    if (used + kGap + widths[c] > limit && parts.back().size() > 1) {
      parts.push_back({0});
      used = widths[0];
    }
    parts.back().push_back(c);
    used += kGap + widths[c];
  }
  return parts;
}

std::string heading(const std::string& text, const TerminalStyle& style) {
  return style.bold ? fmt::format("\x1b[1m{}\x1b[0m\n", printable(text)) : printable(text) + '\n';
}

std::string paragraph(const std::string& text, const TerminalStyle& style) {
  return fmt::format("{}\n", fmt::join(wrapped(printable(text), style.width), "\n"));
}

std::string notes_text(const Table& table, const TerminalStyle& style) {
  std::string text;
  for (const std::string& note : table.notes) {
    text += paragraph(note, style);
  }
  return table.notes.empty() ? text : text + '\n';
}

// Unwrapped, so that it can be copied.
std::string code_text(const Table& table, const TerminalStyle& style) {
  std::string text = heading(table.title, style);
  for (const Row& row : table.rows) {
    text += table.rows.size() > 1 ? paragraph(row.cells[0].text + ":", style) : std::string();
    for (const std::string_view line : lines_of(row.cells[1].text)) {
      text += printable(line) + '\n';
    }
    text += '\n';
  }
  return text + notes_text(table, style);
}

std::string table_text(const Table& original, const TerminalStyle& style) {
  if (original.is_code) {
    return code_text(original, style);
  }
  const Table table = arranged(original);
  const Lines lines = texts_of(table);
  std::vector<std::size_t> widths = natural_widths(lines, kTitleWidth);
  if (total_width(widths) > style.width) {
    widths = natural_widths(lines, 0);
  }
  shrink_prose(table, widths, style.width);
  std::string text = heading(table.title, style);
  for (const auto& columns : parts_that_fit(widths, style.width)) {
    std::size_t width = kGap * (columns.size() - 1);
    for (const std::size_t c : columns) {
      width += widths[c];
    }
    text += line_text(table, lines.front(), widths, columns);
    text += std::string(width, '-') + '\n';
    for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
      text += line_text(table, *line, widths, columns);
    }
    text += '\n';
  }
  return text + notes_text(table, style);
}

}  // namespace

std::string to_terminal(const Report& report, const TerminalStyle& style) {
  std::string text = report.title.empty() ? std::string() : heading(report.title, style);
  text += paragraph(report.headline, style) + '\n';
  for (const std::string& finding : report.findings) {
    text += paragraph("- " + finding, style);
  }
  text += report.findings.empty() ? "" : "\n";
  for (const Table& table : report.tables) {
    if (!table.only_csv && (table.in_brief || !style.brief)) {
      text += table_text(table, style);
    }
  }
  return text;
}

}  // namespace kvsim::report
