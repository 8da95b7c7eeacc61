#include <fmt/format.h>

#include "sim/report/html_charts.hpp"
#include "sim/report/render.hpp"

namespace kvsim::report {
namespace {

// Each table scrolls in a box of its own, so the page never scrolls sideways. Colours keep a
// contrast of at least 4.5 : 1 in both schemes (WCAG 2.1, 1.4.3).
constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1a1d21; --dim: #565d66; --page: #fff; --line: #d5d9de;
  --stripe: #f4f6f8; --mark: #0b5cad; --c1: #0b5cad; --c2: #c4500c; --c3: #1a7f4b;
  --c4: #8b3fc0; --c5: #0b7d90; --c6: #8f6d00; --c7: #c01f4a; --c8: #5b6673; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --dim: #a4abb4; --page: #14171a; --line: #3a4048; --stripe: #1d2125;
    --mark: #7db8f5; --c1: #6fb1f5; --c2: #fb9a4b; --c3: #5fd38a; --c4: #d79bf7; --c5: #35cbe0;
    --c6: #e8c547; --c7: #fb8596; --c8: #aab4c0; }
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
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: .3rem .6rem; text-align: right; vertical-align: top; white-space: nowrap; }
thead th { border-bottom: 1px solid var(--line); white-space: normal; vertical-align: bottom; }
.text { text-align: left; white-space: normal; min-width: 7rem; }
tbody th { font-weight: 600; }
tbody tr:nth-child(odd) { background: var(--stripe); }
.charts { display: grid; gap: 1rem 2rem; margin: 0 0 1rem;
  grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .9rem; color: var(--dim); margin-bottom: .25rem; }
figcaption b { display: block; color: var(--ink); font-weight: 600; }
.plot { width: 100%; min-height: 6rem; }
.plot svg { max-width: 100%; }
summary { cursor: pointer; color: var(--mark); font-size: .9rem; padding: .25rem 0; }
#vg-tooltip-element.vg-tooltip { color: var(--ink); background: var(--page);
  border-color: var(--line); font: .85rem/1.4 system-ui, sans-serif; }
#vg-tooltip-element.vg-tooltip table tr td.key { color: var(--dim); }
.note, footer { color: var(--dim); font-size: .9rem; }
@media print {
  :root { color-scheme: light; --ink: #000; --dim: #333; --page: #fff; --line: #999;
    --stripe: #f4f4f4; --mark: #000; --c1: #0b5cad; --c2: #c4500c; --c3: #1a7f4b; --c4: #8b3fc0;
    --c5: #0b7d90; --c6: #8f6d00; --c7: #c01f4a; --c8: #5b6673; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; border: 0; }
  table { font-size: 8pt; }
  section { break-inside: avoid; }
}
)";

std::string escaped(std::string_view text) { return html_escaped(text); }

constexpr std::string_view kNoBundle =
    "This page has no charts: their library (Vega-Lite) was not found when it was written. ./dev "
    "demo fetches it where PyPI can be reached; KVSIM_VEGA_BUNDLE may name a copy. The tables hold "
    "all the numbers.";
constexpr std::string_view kNoScript =
    "Charts need JavaScript, which is off in this browser. The tables hold all the numbers.";
constexpr std::size_t kMostOpenRows = 20;

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

std::string table_text(const Table& table) {
  std::string text = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n<table>\n"
      "<caption>{}</caption>\n{}<tbody>\n",
      escaped(table.title), escaped(caption_of(table)), head_text(table));
  for (const Row& row : table.rows) {
    text += row_text(table, row);
  }
  text += "</tbody>\n</table>\n</div>\n";
  for (const std::string& note : table.notes) {
    text += fmt::format("<p class=\"note\">{}</p>\n", escaped(note));
  }
  return text;
}

std::string folded(std::string_view summary, const std::string& content, bool open) {
  return fmt::format("<details{}>\n<summary>{}</summary>\n{}</details>\n", open ? " open" : "",
                     escaped(summary), content);
}

// A long table behind a chart waits folded.
std::string section_text(const Table& original, const std::string& figures) {
  const Table table = arranged(original);
  const std::string content = table_text(table);
  return fmt::format("<section>\n<h2>{}</h2>\n{}{}</section>\n", escaped(table.title), figures,
                     figures.empty() ? content
                                     : folded("The same numbers as a table", content,
                                              table.rows.size() <= kMostOpenRows));
}

std::string head_of_page(const Report& report, const HtmlExtras& extras) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<title>{} – kvsim</title>\n<style>{}</style>\n</head>\n",
      security_policy(extras.vega_bundle), escaped(report.title), kStyle);
}

std::string why_no_charts(const Report& report, const HtmlExtras& extras) {
  if (report.charts.empty()) {
    return {};
  }
  return extras.vega_bundle.empty()
             ? fmt::format("<p class=\"note\">{}</p>\n", escaped(kNoBundle))
             : fmt::format("<noscript><p class=\"note\">{}</p></noscript>\n", escaped(kNoScript));
}

}  // namespace

std::string to_html(const Report& report, const HtmlExtras& extras) {
  const bool drawn = !extras.vega_bundle.empty() && !report.charts.empty();
  std::string text = head_of_page(report, extras);
  text += fmt::format("<body>\n<main>\n<h1>{}</h1>\n<p class=\"headline\">{}</p>\n",
                      escaped(report.title), escaped(report.headline));
  text += why_no_charts(report, extras);
  for (const Table& table : report.tables) {
    text += table.only_csv ? ""
                           : section_text(table, drawn ? figures_of(report, table) : std::string());
  }
  for (const Table& table : extras.folded_tables) {
    text += "<section>\n" + folded(table.title, table_text(table), false) + "</section>\n";
  }
  text += "</main>\n<footer>\n<h2>Words</h2>\n";
  for (const std::string& line : report.footer) {
    text += fmt::format("<p>{}</p>\n", escaped(line));
  }
  text += "</footer>\n";
  return text + (drawn ? scripts_text(extras.vega_bundle) : std::string()) + "</body>\n</html>\n";
}

}  // namespace kvsim::report
