// The four clothes of a report. Each renders the same cells; none computes a number.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sim/report/table.hpp"

namespace kvsim::report {

struct TerminalStyle {
  bool bold = false;        ///< bold headings; the cli says so on a terminal without NO_COLOR
  std::size_t width = 100;  ///< columns of text; wider tables are broken into several
  bool brief = false;       ///< only the tables that are marked so
};

/// Aligned plain text; it begins with the headline when the report has no title.
[[nodiscard]] std::string to_terminal(const Report& report, const TerminalStyle& style = {});

/// GitHub-flavoured markdown: report.md.
[[nodiscard]] std::string to_markdown(const Report& report);

/// What a page may carry besides the summary.
struct HtmlExtras {
  /// JavaScript that defines vegaEmbed, put into the page; empty: no charts, and the page says why.
  std::string_view vega_bundle{};
  std::vector<Table> folded_tables{};  ///< at the end, for who looks for them
};

/// One HTML file that needs nothing else: no network, light and dark, narrow screens and paper:
/// report.html.
[[nodiscard]] std::string to_html(const Report& report, const HtmlExtras& extras = {});

/// One row per run, one column per number, at full precision; names as in result.json.
[[nodiscard]] std::string to_csv(const Report& report);

/// A section for each table that is to be read: a page without a template.
[[nodiscard]] std::vector<Section> sections_of(const std::vector<Table>& tables);

/// The table as it is printed: with runs as columns when they are few and the numbers many.
[[nodiscard]] Table arranged(const Table& table);

/// Title with its unit: "mean TPOT (ms)".
[[nodiscard]] std::string full_title(const Column& column);

}  // namespace kvsim::report
