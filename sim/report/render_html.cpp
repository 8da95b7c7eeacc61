#include <fmt/format.h>

#include "sim/report/render.hpp"

namespace kvsim::report {
namespace {

// Each table scrolls in a box of its own, so the page never scrolls sideways. Colours keep a
// contrast of at least 4.5 : 1 in both schemes (WCAG 2.1, 1.4.3).
constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1a1d21; --dim: #565d66; --page: #fff; --line: #d5d9de;
  --stripe: #f4f6f8; --mark: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --dim: #a4abb4; --page: #14171a; --line: #3a4048; --stripe: #1d2125;
    --mark: #7db8f5; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 72rem; color: var(--ink);
  background: var(--page); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.headline { font-size: 1.15rem; border-left: .25rem solid var(--mark); padding-left: .75rem;
  margin: 0 0 1.5rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .25rem; }
.scroll:focus-visible { outline: 2px solid var(--mark); }
table { border-collapse: collapse; width: 100%; font-size: .9rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--dim); padding: .4rem .6rem; }
th, td { padding: .3rem .6rem; text-align: right; vertical-align: top; white-space: nowrap; }
thead th { border-bottom: 1px solid var(--line); white-space: normal; vertical-align: bottom; }
.text { text-align: left; white-space: normal; min-width: 7rem; }
tbody th { font-weight: 600; }
tbody tr:nth-child(odd) { background: var(--stripe); }
.note, footer { color: var(--dim); font-size: .9rem; }
@media print {
  :root { color-scheme: light; --ink: #000; --dim: #333; --page: #fff; --line: #999;
    --stripe: #f4f4f4; --mark: #000; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; border: 0; }
  table { font-size: 8pt; }
  section { break-inside: avoid; }
}
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string_view class_of(const Column& column) { return column.is_text ? " class=\"text\"" : ""; }

std::string head_text(const Table& table) {
  std::string text = "<thead><tr>";
  for (const Column& column : table.columns) {
    text += column.title.empty() ? std::string("<td></td>")
                                 : fmt::format("<th scope=\"col\"{}>{}</th>", class_of(column),
                                               escaped(full_title(column)));
  }
  return text + "</tr></thead>\n";
}

std::string row_text(const Table& table, const Row& row) {
  std::string text =
      fmt::format("<tr><th scope=\"row\" class=\"text\">{}</th>", escaped(row.cells[0].text));
  for (std::size_t i = 1; i < row.cells.size(); ++i) {
    text += fmt::format("<td{}>{}</td>", class_of(table.columns[i]), escaped(row.cells[i].text));
  }
  return text + "</tr>\n";
}

std::string caption_of(const Table& table) {
  const bool turned = table.columns.front().title.empty();
  return turned ? fmt::format("{}: one column per run", table.title) : table.title;
}

std::string section_text(const Table& original) {
  const Table table = arranged(original);
  const std::string title = escaped(table.title);
  std::string text = fmt::format(
      "<section>\n<h2>{}</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"{}\">\n<table>\n<caption>{}</caption>\n{}<tbody>\n",
      title, title, escaped(caption_of(table)), head_text(table));
  for (const Row& row : table.rows) {
    text += row_text(table, row);
  }
  text += "</tbody>\n</table>\n</div>\n";
  for (const std::string& note : table.notes) {
    text += fmt::format("<p class=\"note\">{}</p>\n", escaped(note));
  }
  return text + "</section>\n";
}

}  // namespace

std::string to_html(const Report& report) {
  // The policy makes "needs nothing else" something that the browser enforces.
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
      "<title>{0} – kvsim</title>\n<style>{1}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n"
      "<p class=\"headline\">{2}</p>\n",
      escaped(report.title), kStyle, escaped(report.headline));
  for (const Table& table : report.tables) {
    text += section_text(table);
  }
  text += "</main>\n<footer>\n<h2>Words</h2>\n";
  for (const std::string& line : report.footer) {
    text += fmt::format("<p>{}</p>\n", escaped(line));
  }
  return text + "</footer>\n</body>\n</html>\n";
}

}  // namespace kvsim::report
