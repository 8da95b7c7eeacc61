#include <fmt/format.h>

#include <algorithm>

#include "sim/report/cells.hpp"
#include "sim/report/chart_parts.hpp"
#include "sim/report/html_charts.hpp"
#include "sim/report/html_page.hpp"
#include "sim/report/render.hpp"

namespace kvsim::report {
namespace {

std::string escaped(std::string_view text) { return html_escaped(text); }

constexpr std::string_view kNoBundle =
    "This page has no charts: their library (Vega-Lite) was not found when it was written. ./dev "
    "demo fetches it where PyPI can be reached; KVSIM_VEGA_BUNDLE may name a copy. The tables hold "
    "all the numbers.";
constexpr std::string_view kNoScript =
    "Charts need JavaScript, which is off in this browser. The tables hold all the numbers.";
constexpr std::size_t kMostOpenRows = 20;

std::string_view class_of(const Column& column) { return column.is_text ? " class=\"text\"" : ""; }

// Writes tables whose rows and cells know which variant they speak of.
class TableWriter {
 public:
  explicit TableWriter(const Report& report) : report_(report) {}

  [[nodiscard]] std::string text(const Table& table) const {
    return (table.is_code ? code_text(table) : grid_text(table)) + notes_text(table);
  }

 private:
  static std::string notes_text(const Table& table) {
    std::string text;
    for (const std::string& note : table.notes) {
      text += fmt::format("<p class=\"note\">{}</p>\n", escaped(note));
    }
    return text;
  }

  [[nodiscard]] std::string code_text(const Table& table) const {
    std::string text;
    for (const Row& row : table.rows) {
      const std::string name =
          table.rows.size() > 1 ? fmt::format("<p>{}</p>\n", escaped(row.cells[0].text)) : "";
      text += fmt::format(
          "<div{}>\n{}<pre class=\"scroll\" tabindex=\"0\"><code>{}</code></pre>\n</div>\n",
          variant_of(row), name, escaped(row.cells[1].text));
    }
    return text;
  }

  [[nodiscard]] std::string grid_text(const Table& table) const {
    std::string text = fmt::format(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">\n<table{}>\n"
        "<caption>{}</caption>\n{}<tbody>\n",
        escaped(table.title), is_turned(table) ? " data-turned" : "", escaped(caption_of(table)),
        head_text(table));
    for (const Row& row : table.rows) {
      text += row_text(table, row);
    }
    return text + "</tbody>\n</table>\n</div>\n";
  }

  static bool is_turned(const Table& table) { return table.columns.front().title.empty(); }

  static std::string caption_of(const Table& table) {
    if (!is_turned(table)) {
      return table.title;
    }
    const bool of_runs = !table.columns.back().runs.empty();
    return fmt::format("{}: one column per {}", table.title, of_runs ? "run" : "question");
  }

  // Of runs of one variant that has others beside it.
  [[nodiscard]] std::string variant_of_runs(const std::vector<std::size_t>& runs) const {
    const auto name = [&](std::size_t run) { return report_.variant_of_run.at(run); };
    const bool one = report_.variants.size() > 1 && !runs.empty() &&
                     std::all_of(runs.begin(), runs.end(),
                                 [&](std::size_t run) { return name(run) == name(runs.front()); });
    return one ? fmt::format(" data-variant=\"{}\"", escaped(name(runs.front()))) : "";
  }

  /// Of a row or a column.
  template <class Part>
  [[nodiscard]] std::string variant_of(const Part& part) const {
    return report_.variants.size() > 1 && !part.variant.empty()
               ? fmt::format(" data-variant=\"{}\"", escaped(part.variant))
               : variant_of_runs(part.runs);
  }

  [[nodiscard]] std::string head_text(const Table& table) const {
    std::string text = "<thead><tr>";
    for (const Column& column : table.columns) {
      text += column.title.empty() ? std::string("<td></td>")
                                   : fmt::format("<th scope=\"col\"{}{}>{}</th>", class_of(column),
                                                 variant_of(column), escaped(full_title(column)));
    }
    return text + "</tr></thead>\n";
  }

  [[nodiscard]] std::string row_text(const Table& table, const Row& row) const {
    std::string text = fmt::format("<tr{}><th scope=\"row\" class=\"text\">{}</th>",
                                   variant_of(row), escaped(row.cells[0].text));
    for (std::size_t i = 1; i < row.cells.size(); ++i) {
      const Column& column = table.columns[i];
      const auto number = as_double(row.cells[i].value);
      text += fmt::format("<td{}{}{}>{}</td>", class_of(column), variant_of(column),
                          number ? fmt::format(" data-v=\"{:.6g}\"", *number) : std::string(),
                          escaped(row.cells[i].text));
    }
    return text + "</tr>\n";
  }

  const Report& report_;
};

std::string folded(std::string_view summary, const std::string& content, bool open) {
  return fmt::format("<details{}>\n<summary>{}</summary>\n{}</details>\n", open ? " open" : "",
                     escaped(summary), content);
}

// Long tables wait folded.
std::string tables_text(const TableWriter& writer, const Section& section, bool drawn) {
  std::string text;
  std::size_t rows = 0;
  for (const Table& original : section.tables) {
    const Table table = arranged(original);
    rows += table.rows.size();
    const bool heads = original.title == section.title || section.tables.size() == 1;
    text += (heads ? "" : fmt::format("<h3>{}</h3>\n", escaped(table.title))) + writer.text(table);
  }
  const bool behind_charts = drawn && !section.charts.empty();
  if (text.empty() || (!behind_charts && rows <= kMostOpenRows)) {
    return text;
  }
  return folded(behind_charts ? "The same numbers as a table" : fmt::format("{} rows", rows), text,
                rows <= kMostOpenRows);
}

std::string section_text(const TableWriter& writer, const Section& section, std::size_t index,
                         bool drawn) {
  std::string body;
  for (const std::string& paragraph : section.paragraphs) {
    body += fmt::format("<p>{}</p>\n", escaped(paragraph));
  }
  body +=
      (drawn ? figures_of(section.charts) : std::string()) + tables_text(writer, section, drawn);
  const std::string heading =
      section.title.empty() ? "" : fmt::format("<h2>{}</h2>\n", escaped(section.title));
  return fmt::format("<section id=\"s{}\">\n{}</section>\n", index,
                     section.folded ? folded(section.title, body, false) : heading + body);
}

// Where the page is long, a way to its parts.
std::string contents_text(const Report& report) {
  std::string links;
  for (std::size_t i = 0; i < report.sections.size(); ++i) {
    if (!report.sections[i].title.empty()) {
      links += fmt::format("<a href=\"#s{}\">{}</a>\n", i, escaped(report.sections[i].title));
    }
  }
  return fmt::format("<nav aria-label=\"Parts of this page\">\n{}</nav>\n", links);
}

std::string badges_text(const Report& report) {
  std::string text;
  for (const Badge& badge : report.badges) {
    text += fmt::format("<span class=\"badge {0}\">{0} {1}</span>\n", escaped(badge.tag),
                        escaped(badge.text));
  }
  return text.empty()
             ? text
             : fmt::format("<p class=\"badges\">Evidence behind the time:\n{}</p>\n", text);
}

std::string findings_text(const Report& report) {
  std::string text;
  for (const std::string& finding : report.findings) {
    text += fmt::format("<li>{}</li>\n", escaped(finding));
  }
  return text.empty() ? text : fmt::format("<ul class=\"findings\">\n{}</ul>\n", text);
}

// Hidden until the script can do what it offers.
std::string variants_text(const Report& report) {
  if (report.variants.size() < 2) {
    return {};
  }
  std::string text = "<fieldset id=\"variants\" hidden>\n<legend>Variants shown</legend>\n";
  for (std::size_t i = 0; i < report.variants.size(); ++i) {
    text += fmt::format(
        "<label><input type=\"checkbox\" checked value=\"{0}\"> <span class=\"swatch\" "
        "style=\"background:{1}\"></span> {0}</label>\n",
        escaped(report.variants[i]), colour(i));
  }
  return text + "</fieldset>\n";
}

std::string head_of_page(const Report& report, const HtmlExtras& extras) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<title>{} – kvsim</title>\n<style>{}</style>\n</head>\n",
      security_policy(extras.vega_bundle), escaped(report.title), kPageStyle);
}

std::string why_no_charts(const HtmlExtras& extras, bool charts) {
  if (!charts) {
    return {};
  }
  return extras.vega_bundle.empty()
             ? fmt::format("<p class=\"note\">{}</p>\n", escaped(kNoBundle))
             : fmt::format("<noscript><p class=\"note\">{}</p></noscript>\n", escaped(kNoScript));
}

}  // namespace

std::string to_html(const Report& report, const HtmlExtras& extras) {
  const bool charts = std::any_of(report.sections.begin(), report.sections.end(),
                                  [](const Section& section) { return !section.charts.empty(); });
  const bool drawn = !extras.vega_bundle.empty() && charts;
  const TableWriter writer(report);
  std::string text = head_of_page(report, extras);
  text += fmt::format("<body>\n<main>\n<h1>{}</h1>\n<p class=\"headline\">{}</p>\n",
                      escaped(report.title), escaped(report.headline));
  text += findings_text(report) + badges_text(report) + why_no_charts(extras, charts) +
          contents_text(report);
  text += drawn ? variants_text(report) : std::string();
  for (std::size_t i = 0; i < report.sections.size(); ++i) {
    text += section_text(writer, report.sections[i], i, drawn);
  }
  for (const Table& table : extras.folded_tables) {
    text += "<section>\n" + folded(table.title, writer.text(table), false) + "</section>\n";
  }
  text += "</main>\n<footer>\n<h2>Words</h2>\n";
  for (const std::string& line : report.footer) {
    text += fmt::format("<p>{}</p>\n", escaped(line));
  }
  text += "</footer>\n";
  return text + (drawn ? scripts_text(extras.vega_bundle) : std::string()) + "</body>\n</html>\n";
}

}  // namespace kvsim::report
