// Templates: what a page shows when somebody says so, and what is told when they ask in vain.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/report/pictures.hpp"
#include "sim/report/placeholders.hpp"
#include "sim/report/render.hpp"
#include "sim/report/snapshot.hpp"
#include "sim/report/tables.hpp"
#include "tests/unit/report/sample.hpp"

namespace kvsim::report {
namespace {

using spec::ReportChart;
using spec::ReportSection;
using spec::ReportTable;
using spec::ReportTemplate;

ReportTemplate page_with(ReportSection section) {
  return {.file = "page.yaml", .headline = "", .sections = {std::move(section)}};
}

Section only_section(const StudyResults& study, ReportSection asked) {
  Report report = make_report(study, page_with(std::move(asked)));
  return report.sections.empty() ? Section{} : std::move(report.sections.front());
}

ReportSection with_text(std::string text) {
  ReportSection section;
  section.text = std::move(text);
  return section;
}

spec::DrawnChart drawn(std::string title, std::string x, std::string y) {
  spec::DrawnChart chart;
  chart.title = std::move(title);
  chart.x = std::move(x);
  chart.y = std::move(y);
  return chart;
}

spec::DrawnChart drawn_by(std::string vega_lite) {
  spec::DrawnChart chart = drawn("Given", "", "");
  chart.vega_lite = std::move(vega_lite);
  return chart;
}

std::string fault_of(const StudyResults& study, ReportSection asked) {
  try {
    static_cast<void>(make_report(study, page_with(std::move(asked))));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no fault";
}

TEST(Page, ShowsWhatItsTemplateNamesInItsOrder) {
  ReportTemplate page = page_with({});
  page.sections[0].tables = {ReportTable::Cards};
  page.sections.emplace_back().tables = {ReportTable::Traffic, ReportTable::Latency};
  page.sections[1].title = "Two tables";
  const Report report = make_report(sample::four_variants(), page);
  ASSERT_EQ(report.sections.size(), 2U);
  EXPECT_EQ(report.sections[0].title, "Cards that priced the time");  // of its table
  EXPECT_EQ(report.sections[1].title, "Two tables");
  EXPECT_EQ(report.sections[1].tables[1].title, "Latency");
  EXPECT_EQ(report.tables.size(), make_report(sample::four_variants()).tables.size());  // for CSV
}

TEST(Page, PutsATableBehindEveryChart) {
  ReportSection asked;
  asked.charts = {ReportChart::KvTokens, ReportChart::KvPerToken, ReportChart::Ttft};
  const Section section = only_section(sample::four_variants(), asked);
  ASSERT_EQ(section.charts.size(), 3U);
  ASSERT_EQ(section.tables.size(), 2U);  // two charts share one
  EXPECT_EQ(section.tables[0].title, "What fits");
  EXPECT_EQ(section.tables[1].title, "Latency");
}

// MLA, GQA-8, MQA, MHA: KV tokens as in sample.cpp; the largest first.
TEST(Page, MakesATableOfColumnsInTheOrderAskedFor) {
  ReportSection asked;
  asked.columns = {"variant", "p99_tpot_ms", "stability"};
  asked.sort = "-p99_tpot_ms";
  const Table table = only_section(sample::four_variants(), asked).tables.at(0);
  EXPECT_EQ(table.columns.size(), 4U);
  EXPECT_EQ(table.columns[2].title, "p99_tpot_ms");
  double last = 1e300;
  for (const Row& row : table.rows) {
    const double own = std::get<double>(row.cells[2].value);
    EXPECT_LE(own, last);
    last = own;
  }
}

TEST(Page, KeepsOnlyTheRunsThatPassItsFilters) {
  ReportSection asked;
  asked.tables = {ReportTable::AtAGlance};
  asked.where = {{"variant", {"MLA", "MHA"}, {}, {}}, {"stability", {"stable"}, {}, {}}};
  const Section section = only_section(sample::four_variants(), asked);
  ASSERT_EQ(section.tables[0].rows.size(), 1U);  // MHA is overloaded
  EXPECT_EQ(section.tables[0].rows[0].cells[0].text, "MLA");
}

TEST(Page, FiltersByNumbersAndPointsToTheRunsOfTheStudy) {
  ReportSection asked;
  asked.columns = {"load"};
  asked.where = {{"load", {}, 2.0, 4.0}};
  const Section section = only_section(sample::rate_sweep(), asked);  // 1, 2, 4, 8
  ASSERT_EQ(section.tables[0].rows.size(), 2U);
  EXPECT_EQ(section.tables[0].rows[0].runs, (std::vector<std::size_t>{1}));
  EXPECT_EQ(section.tables[0].rows[1].runs, (std::vector<std::size_t>{2}));
}

TEST(Page, GivesAVariantItsColourWhoeverElseIsThere) {
  ReportSection asked;
  asked.charts = {ReportChart::ThroughputInteractivity};
  asked.where = {{"variant", {"MQA"}, {}, {}}};
  const auto spec =
      nlohmann::json::parse(only_section(sample::four_variants(), asked).charts[0].spec);
  EXPECT_EQ(spec["encoding"]["color"]["scale"]["domain"].size(), 4U);
}

TEST(Page, DrawsAColumnAgainstAnother) {
  ReportSection asked;
  asked.draw = {drawn("Mine", "load", "p99_ttft_ms")};
  asked.draw[0].log = {spec::ChartAxis::Y};
  const Section section = only_section(sample::rate_sweep(), asked);
  const auto spec = nlohmann::json::parse(section.charts.at(0).spec);
  EXPECT_EQ(spec["encoding"]["y"]["field"], "p99_ttft_ms");
  EXPECT_EQ(spec["encoding"]["y"]["scale"]["type"], "log");
  EXPECT_EQ(spec["data"]["values"].size(), 4U);
  EXPECT_EQ(spec["data"]["values"][3]["load"], 8.0);
  EXPECT_FALSE(spec["data"]["values"][0].contains("p99_tpot_ms"));  // only what is drawn
  EXPECT_EQ(section.tables.at(0).title, "Mine");
}

TEST(Page, DrawsAVegaLiteSpecificationOverOtherRows) {
  ReportSection asked;
  asked.draw = {drawn_by(R"({"mark": "bar", "encoding": {"x": {"field": "share"}}})")};
  asked.draw[0].data = spec::ChartData::TimeShares;
  const Section section = only_section(sample::single(sample::run()), asked);
  const auto spec = nlohmann::json::parse(section.charts.at(0).spec);
  EXPECT_EQ(spec["mark"], "bar");
  EXPECT_EQ(spec["data"]["values"].size(), 6U);
  EXPECT_DOUBLE_EQ(spec["data"]["values"][0]["share"], 0.4);  // 40 of 100 s
  EXPECT_EQ(section.tables.at(0).title, "Where the time goes");
}

TEST(Page, FillsValuesIntoItsText) {
  const StudyResults sweep = sample::rate_sweep();
  const auto text = [&](const std::string& words) {
    return only_section(sweep, with_text(words)).paragraphs.at(0);
  };
  EXPECT_EQ(text("{study} has {runs} runs, {{braces}}"), "rates has 4 runs, {braces}");
  EXPECT_EQ(text("{stability of 8/s} at {run of most load}"), "overloaded at 8/s");
  EXPECT_EQ(text("{least load}"), "1 request/s");
}

TEST(Page, DefinesMetricsWithTheirFormula) {
  ReportSection asked;
  asked.define = {"tpot"};
  EXPECT_NE(only_section(sample::rate_sweep(), asked)
                .paragraphs.at(0)
                .find("tpot = (e2el - ttft) / (output_tokens - 1)"),
            std::string::npos);
}

TEST(Page, SaysWhichColumnThereIsNotAndWhichWasMeant) {
  ReportSection asked;
  asked.columns = {"load", "p99_tft_ms"};
  EXPECT_EQ(fault_of(sample::rate_sweep(), asked),
            "page.yaml: error: the results have no column 'p99_tft_ms' [sections[0].columns[1]]\n"
            "    note: did you mean 'p99_ttft_ms'?\n"
            "    note: columns are those of kvsim run --format csv, and run, variant, load\n");
}

TEST(Page, TellsEveryOtherMistakeToo) {
  const StudyResults sweep = sample::rate_sweep();
  const auto has = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  has(fault_of(sweep, with_text("{p99_ttft_ms of 3/s}")), "there is no run '3/s'");
  has(fault_of(sweep, with_text("{load}")), "is not the same in all runs: 1 request/s in '1/s'");
  has(fault_of(sweep, with_text("{load")), "a '{' is never closed");
  has(fault_of(sweep, with_text("{most stability}")), "no run has a number in 'stability'");
  ReportSection nobody = with_text("x");
  nobody.where = {{"load", {}, 100.0, {}}};
  has(fault_of(sweep, nobody), "no run is left");
  ReportSection no_json;
  no_json.draw = {drawn_by("mark: bar")};
  has(fault_of(sweep, no_json), "this is not JSON");
  ReportSection no_field;
  no_field.draw = {drawn("t", "percentt", "ms")};
  no_field.draw[0].data = spec::ChartData::Percentiles;
  has(fault_of(sweep, no_field), "did you mean 'percent'?");
  ReportSection no_metric;
  no_metric.define = {"speed"};
  has(fault_of(sweep, no_metric), "no metric is called 'speed'");
}

TEST(Page, LeavesOutASectionWithNothingToShow) {
  ReportSection asked;
  asked.tables = {ReportTable::PrefixCache};
  EXPECT_TRUE(make_report(sample::four_variants(), page_with(asked)).sections.empty());
}

// Nothing is lost on the way to a file and back: the same page, byte for byte.
TEST(Snapshot, GivesTheSamePageAgain) {
  Snapshot snapshot{sample::four_variants(),
                    page_with(with_text("{runs} runs")),
                    {{"a.yaml", "00"}},
                    {{"x=1"}, 7, 0, 0}};
  snapshot.page.sections.emplace_back().charts = {ReportChart::Roofline};
  snapshot.page.sections.back().tables = {ReportTable::Time};
  const std::string text = snapshot_json(snapshot);
  std::size_t next = 0;
  const auto specs = [&](const std::string&) { return snapshot.results.runs[next++].spec; };
  const Snapshot again = read_snapshot("report.json", text, specs);
  EXPECT_EQ(to_html(make_report(again.results, again.page), {"x", {}}),
            to_html(make_report(snapshot.results, snapshot.page), {"x", {}}));
  EXPECT_EQ(to_csv(make_report(again.results)), to_csv(make_report(snapshot.results)));
  EXPECT_EQ(snapshot_json(again), text);
  EXPECT_EQ(again.results.runs[0].metrics.hbm_bytes_read,
            snapshot.results.runs[0].metrics.hbm_bytes_read);
}

// One run by itself is stored as exactly, with the time that it took.
TEST(Snapshot, GivesOneRunAgain) {
  spec::RunResult run = sample::run();
  run.wall_seconds = 0.1;
  run.metrics.ttft.mean = 1.0 / 3;
  const auto again = read_outcome_text(outcome_text(run), run.spec);
  ASSERT_TRUE(again);
  EXPECT_EQ(outcome_text(*again), outcome_text(run));
  EXPECT_EQ(again->metrics.ttft.mean, 1.0 / 3);
  EXPECT_EQ(again->wall_seconds, 0.1);
  EXPECT_FALSE(read_outcome_text("{}", run.spec));
  EXPECT_FALSE(read_outcome_text(outcome_text(run).substr(1), run.spec));
}

// What a result follows from is in the text of its spec: its smallest part, its name and its seed.
TEST(Snapshot, TellsSpecsApart) {
  const spec::RunSpec run = sample::run().spec;
  spec::RunSpec other = run;
  EXPECT_EQ(spec_text(run), spec_text(other));
  other.seed += 1;
  EXPECT_NE(spec_text(run), spec_text(other));
  other = run;
  other.id += "x";
  EXPECT_NE(spec_text(run), spec_text(other));
  other = run;
  other.engine.gpu_memory_utilization = std::nextafter(run.engine.gpu_memory_utilization, 0.0);
  EXPECT_NE(spec_text(run), spec_text(other));
}

TEST(Snapshot, OfAnotherKindIsRefused) {
  const auto fault = [](const std::string& text) {
    try {
      static_cast<void>(read_snapshot("report.json", text, {}));
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
    return std::string("no fault");
  };
  EXPECT_NE(fault("{").find("report.json: error: is not what kvsim wrote"), std::string::npos);
  EXPECT_NE(fault("{}").find("is not what kvsim wrote"), std::string::npos);
  EXPECT_NE(fault(R"({"snapshot_version": 99, "kvsim_version": "9.9"})")
                .find("was written by kvsim 9.9, and this is kvsim"),
            std::string::npos);
}

TEST(Pictures, StandAloneWithColoursOfTheirOwn) {
  const auto pictures = pictures_of(make_report(sample::four_variants()));
  ASSERT_EQ(pictures.size(), 14U);
  EXPECT_EQ(pictures[0].name, "throughput-per-gpu-against-interactivity");
  for (const Picture& picture : pictures) {
    EXPECT_EQ(picture.spec.find("var(--"), std::string::npos) << picture.name;
    EXPECT_EQ(nlohmann::json::parse(picture.spec)["width"], 640) << picture.name;
  }
}

}  // namespace
}  // namespace kvsim::report
