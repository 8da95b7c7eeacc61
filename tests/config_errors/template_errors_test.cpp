// Templates of reports: what is told when one is wrong.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

std::string errors_of_template(const std::string& text) {
  const StudyFolder folder;
  folder.write("page.yaml", text);
  return folder.errors_in(good_study("report: {template: ./page.yaml}\n"));
}

TEST(Template, NamesOfChartsAreGuessed) {
  EXPECT_EQ(
      errors_of_template("sections:\n  - tables: [latencies]\n"),
      R"(page.yaml:2:14: error: 'latencies' is no value of 'tables' [template.sections[0].tables[0]]
      - tables: [latencies]
                 ^
    note: did you mean 'latency'?
    note: known here: plan, plan_dropped, plan_sensitivity, plan_command, plan_front, plan_layouts, plan_hours, at_a_glance, what_fits, limits, latency, latency_ranges, steady_state, traffic, traffic_ranges, pools, cost, offered_rate, prefix_cache, time, step_by_batch, step_by_context, operators, hbm, load, memory, evidence, cards, notes
)");
}

TEST(Template, EverythingWrongIsToldAtOnce) {
  EXPECT_EQ(
      errors_of_template(R"(sections:
  - tables: [latency]
    sort: p99_ttft_ms
  - draw:
      - {title: Mine, x: load}
  - title: Nothing below
  - where: [{column: load}]
    text: x
    colour: red
)"),
      R"(page.yaml:3:5: error: 'sort' orders a table of one's own, and there is none [template.sections[0].sort]
        sort: p99_ttft_ms
        ^
    note: give columns as well
page.yaml:5:10: error: 'title' needs either x and y or vega_lite [template.sections[1].draw[0].title]
          - {title: Mine, x: load}
             ^
    note: give both axes, or a specification alone
page.yaml:6:5: error: 'title' heads a section that shows nothing [template.sections[2].title]
      - title: Nothing below
        ^
    note: give it one of: text, charts, draw, tables, columns, define
page.yaml:7:14: error: 'column' is not compared with anything [template.sections[3].where[0].column]
      - where: [{column: load}]
                 ^
    note: give one of: is, at_least, at_most
page.yaml:9:5: error: unknown key 'colour' [template.sections[3].colour]
        colour: red
        ^
    note: known here: title, text, charts, draw, tables, columns, sort, define, where, folded
)");
}

TEST(Template, OfANameThatThereIsNot) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study("report: {template: sweeep}\n")),
            R"(study.yaml:10:20: error: unknown report template 'sweeep' [report.template]
    report: {template: sweeep}
                       ^
    note: did you mean 'sweep'?
    note: known: attention-variants, calibration, capacity, prefix-cache, single-run, sweep, validation
)");
}

TEST(Template, WithoutSectionsIsRefused) {
  EXPECT_EQ(errors_of_template("headline: Hello\n"),
            R"(page.yaml: error: key 'sections' is missing [template.sections]
    note: sections: what the page shows, in this order
)");
  EXPECT_EQ(errors_of_template("sections: []\n"),
            R"(page.yaml:1:1: error: 'sections' says nothing to show [template.sections]
    sections: []
    ^
    note: give at least one section
)");
}

TEST(Template, IsChosenByTheShapeOfTheStudy) {
  const StudyFolder folder;
  const auto file_of = [&](std::string_view more) {
    folder.write("study.yaml", good_study(more));
    return std::filesystem::path(folder.load("study.yaml").page.file).filename().string();
  };
  EXPECT_EQ(file_of(""), "single-run.yaml");
  EXPECT_EQ(file_of("sweep: {engine.max_num_seqs: [1, 2]}\n"), "sweep.yaml");
  EXPECT_EQ(file_of("variants: [{name: a}, {name: b}]\n"), "attention-variants.yaml");
  EXPECT_EQ(file_of("report: {template: capacity}\n"), "capacity.yaml");
}

// A place is added where a fault names a path of the file, and left alone elsewhere.
TEST(Template, PlacesOfLateFaultsAreFound) {
  const StudyFolder folder;
  folder.write("page.yaml", "sections:\n  - text: a\n  - columns: [load, nothing]\n");
  Diagnostic late;
  late.place.file = folder.path("page.yaml").string();
  late.message = "no such column";
  late.path = "sections[1].columns[1]";
  const Diagnostic placed = with_places({late}).front();
  EXPECT_EQ(placed.place.line, 3);
  EXPECT_EQ(placed.place.column, 21);
  EXPECT_EQ(placed.source_line, "  - columns: [load, nothing]");
  late.path = "sections[7].text";
  EXPECT_EQ(with_places({late}).front().place.line, 2);  // the list: as deep as there is something
}

}  // namespace
}  // namespace kvsim::config
