#include "sim/spec/report_template.hpp"

namespace kvsim::spec {

void describe(FieldVisitor& visitor, DrawnChart& chart) {
  visitor.field(required("title", "heading of the chart"), chart.title);
  visitor.field(optional("hint", "how to read it, a sentence or two"), chart.hint);
  visitor.choice_of(optional("data", "the rows to draw; runs: those of kvsim run --format csv"),
                    kChartDataNames, chart.data);
  visitor.choice_of(optional("mark", "how a row is drawn"), kChartMarkNames, chart.mark);
  visitor.field(optional("x", "column of the axis from left to right"), chart.x);
  visitor.field(optional("y", "column of the axis from bottom to top"), chart.y);
  visitor.field(optional("color", "column that colours tell apart"), chart.color);
  visitor.choices_of(optional("log", "axes that are logarithmic"), kChartAxisNames, chart.log);
  visitor.field(optional("vega_lite",
                         "a Vega-Lite specification as JSON text, in place of mark, x and y; data "
                         "and width are added"),
                chart.vega_lite);
  const bool on_axes = !chart.x.empty() && !chart.y.empty();
  const bool no_axes = chart.x.empty() && chart.y.empty();
  visitor.rule(chart.vega_lite.empty() ? on_axes : no_axes, "title",
               "needs either x and y or vega_lite", "give both axes, or a specification alone");
}

void describe(FieldVisitor& visitor, RunFilter& filter) {
  visitor.field(required("column", "a column of kvsim run --format csv, run or variant"),
                filter.column);
  visitor.field(optional("is", "one of these words or numbers"), filter.is);
  visitor.optional_field(optional("at_least", "the smallest number that stays"), filter.at_least);
  visitor.optional_field(optional("at_most", "the largest number that stays"), filter.at_most);
  visitor.rule(!filter.is.empty() || filter.at_least || filter.at_most, "column",
               "is not compared with anything", "give one of: is, at_least, at_most");
}

void describe(FieldVisitor& visitor, ReportSection& section) {
  visitor.field(optional("title", "heading; absent: that of the first table or chart"),
                section.title);
  visitor.field(optional("text",
                         "a paragraph; {p99_ttft_ms of MLA}, {most output_throughput} and {run "
                         "of most output_throughput} stand for values"),
                section.text);
  visitor.choices_of(optional("charts", "charts of kvsim"), kReportChartNames, section.charts);
  visitor.list(optional("draw", "charts of one's own"), section.draw);
  visitor.choices_of(optional("tables", "tables of kvsim"), kReportTableNames, section.tables);
  visitor.field(
      optional("columns", "a table of one's own, a row per run: columns of kvsim run --format csv"),
      section.columns);
  visitor.field(optional("sort", "its order: a column, with - before it the largest first"),
                section.sort);
  visitor.field(optional("define", "metrics whose definition and formula are written out"),
                section.define);
  visitor.list(optional("where", "only runs for which all of these hold"), section.where);
  visitor.field(optional("folded", "closed until somebody opens it"), section.folded);
  const bool shows = !section.text.empty() || !section.charts.empty() || !section.draw.empty() ||
                     !section.tables.empty() || !section.columns.empty() || !section.define.empty();
  visitor.rule(shows, "title", "heads a section that shows nothing",
               "give it one of: text, charts, draw, tables, columns, define");
  visitor.rule(section.sort.empty() || !section.columns.empty(), "sort",
               "orders a table of one's own, and there is none", "give columns as well");
}

void describe(FieldVisitor& visitor, ReportTemplate& page) {
  visitor.field(optional("headline", "the first sentence; absent: composed from the results"),
                page.headline);
  visitor.list(required("sections", "what the page shows, in this order"), page.sections);
  visitor.rule(!page.sections.empty(), "sections", "says nothing to show",
               "give at least one section");
}

}  // namespace kvsim::spec
