#include "sim/report/render.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/base/check.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/tables.hpp"
#include "tests/unit/report/sample.hpp"

namespace kvsim::report {
namespace {

Report tiny() {
  Report report{.title = "a <b> & \"c\" | d",
                .headline = "One sentence.",
                .sections = {},
                .tables = {},
                .run_ids = {"r1", "r2"},
                .footer = {"Words."}};
  Table table{.title = "T",
              .columns = {{"", "run", "", true}, {"x_ms", "x", "ms"}, {"n_{}", "n", ""}},
              .rows = {{{0}, "k", {text_cell("r1"), number_cell(1.23456), count_cell(12'345)}},
                       {{1}, "k", {text_cell("r<2>|"), no_cell(), count_cell(7)}}}};
  table.notes = {"A note."};
  report.tables = {table};
  report.sections = sections_of(report.tables);
  report.variant_of_run = {"a", "b"};
  return report;
}

std::size_t display_width(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::vector<std::string> csv_lines(const std::string& csv) {
  std::vector<std::string> lines;
  std::istringstream in(csv);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');) {
    fields.push_back(field);
  }
  return fields;
}

// As HTML writes an apostrophe and "less than".
std::string escaped(std::string text) {
  for (const auto& [from, to] : {std::pair("'", "&#39;"), std::pair("<", "&lt;")}) {
    if (const auto at = text.find(from); at != std::string::npos) {
      text.replace(at, 1, to);
    }
  }
  return text;
}

TEST(Terminal, AlignsNumbersToTheRight) {
  EXPECT_EQ(to_terminal(tiny()),
            "a <b> & \"c\" | d\n"
            "One sentence.\n"
            "\n"
            "T\n"
            "run    x (ms)       n\n"
            "---------------------\n"
            "r1      1.235  12 345\n"
            "r<2>|       –       7\n"
            "\n"
            "A note.\n"
            "\n");
}

TEST(Terminal, IsBoldOnlyWhenAsked) {
  EXPECT_EQ(to_terminal(tiny()).find('\x1b'), std::string::npos);
  EXPECT_NE(to_terminal(tiny(), {.bold = true}).find("\x1b[1mT\x1b[0m\n"), std::string::npos);
}

TEST(Terminal, KeepsControlCharactersOfNamesOut) {
  Report report = tiny();
  report.title = "\x1b[31mred";
  EXPECT_EQ(to_terminal(report).find('\x1b'), std::string::npos);
}

TEST(Terminal, FitsIntoAHundredColumns) {
  StudyResults study = sample::four_variants();
  for (int copy = 0; copy < 2; ++copy) {
    const auto runs = study.runs;
    for (spec::RunResult run : runs) {
      run.spec.variant += "-with-quite-a-long-name";
      run.spec.id = run.spec.variant;
      run.notes = {std::string(30, 'x') + " and " + std::string(30, 'y') + " and so on and on"};
      study.runs.push_back(run);
    }
  }
  ASSERT_EQ(study.runs.size(), 16U);
  const std::string text = to_terminal(make_report(study));
  for (const std::string& line : csv_lines(text)) {
    EXPECT_LE(display_width(line), 100U) << line;
  }
}

TEST(Markdown, EscapesWhatWouldBeMarkup) {
  EXPECT_EQ(to_markdown(tiny()),
            "# a &lt;b> & \"c\" \\| d\n\n"
            "**One sentence.**\n\n"
            "## T\n\n"
            "| run | x (ms) | n |\n"
            "|:--|--:|--:|\n"
            "| r1 | 1.235 | 12 345 |\n"
            "| r&lt;2>\\| | – | 7 |\n"
            "\nA note.\n\n"
            "## Words\n\n- Words.\n");
}

TEST(Csv, HasOneRowPerRunAtFullPrecision) {
  EXPECT_EQ(to_csv(tiny()), "run_id,x_ms,n_k\nr1,1.23456,12345\nr2,,7\n");
}

TEST(Html, IsOneFileThatNeedsNothingElse) {
  StudyResults study = sample::four_variants();
  study.study = "<script>alert('x')</script>";
  study.runs[0].notes = {"<img src=https://example.org/x.png>"};
  const std::string html = to_html(make_report(study));
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_EQ(html.find("<link"), std::string::npos);
  EXPECT_EQ(html.find("url("), std::string::npos);
  EXPECT_EQ(html.find("@import"), std::string::npos);
  EXPECT_EQ(html.find(" src="), html.find(" src=https"));  // only in the text of the note
  EXPECT_EQ(html.find("href=\"h"), std::string::npos);     // links lead into the page
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
}

TEST(Html, IsWellFormedAndReadableEverywhere) {
  const std::string html = to_html(make_report(sample::four_variants()));
  const auto count = [&](const std::string& what) {
    std::size_t n = 0;
    for (auto at = html.find(what); at != std::string::npos; at = html.find(what, at + 1)) {
      ++n;
    }
    return n;
  };
  for (const std::string tag : {"table", "section", "thead", "tbody", "caption", "tr", "td", "p"}) {
    EXPECT_EQ(count("<" + tag + ">") + count("<" + tag + " "), count("</" + tag + ">")) << tag;
  }
  EXPECT_EQ(count("<table>") + count("<table "),
            count("class=\"scroll\""));  // each table scrolls in its own box
  for (const char* needed : {"<title>mha-vs-mla", "name=\"viewport\"", "lang=\"en\"",
                             "prefers-color-scheme: dark", "@media print"}) {
    EXPECT_EQ(count(needed), 1U) << needed;
  }
}

// The numbers of the tables, whatever they wear; and CSV equals result.json, digit for digit.
TEST(Formats, ShowTheSameNumbers) {
  const StudyResults study = sample::four_variants();
  const Report report = make_report(study);
  const std::string html = to_html(report);
  const std::string markdown = to_markdown(report);
  const std::string terminal = to_terminal(report, {.width = 10'000});
  for (const Table& table : report.tables) {
    for (const Row& row : table.rows) {
      for (const Cell& cell : row.cells) {
        EXPECT_NE(terminal.find(cell.text), std::string::npos) << cell.text;
        EXPECT_NE(markdown.find("| " + cell.text + " |"), std::string::npos) << cell.text;
        EXPECT_NE(html.find('>' + escaped(cell.text) + '<'), std::string::npos) << cell.text;
      }
    }
  }
}

TEST(Formats, CsvEqualsResultJson) {
  const StudyResults study = sample::four_variants();
  const auto lines = csv_lines(to_csv(make_report(study)));
  const auto json = nlohmann::json::parse(result_json(study));
  const auto names = split(lines.at(0));
  ASSERT_EQ(lines.size(), 5U);
  std::size_t compared = 0;
  for (std::size_t run = 0; run < 4; ++run) {
    const auto fields = split(lines[run + 1]);
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (const char* group : {"metrics", "memory", "bandwidth"}) {
        const auto& values = json["runs"][run][group];
        if (values.contains(names[i]) && values[names[i]].is_number()) {
          EXPECT_EQ(std::stod(fields.at(i)), values[names[i]].get<double>()) << names[i];
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, 4U * 60U);
}

TEST(MakeReport, HasEveryTableInReadingOrder) {
  std::vector<std::string> titles;
  StudyResults study = sample::four_variants();
  for (spec::RunResult& run : study.runs) {
    run.intervals = {{"p99_ttft_ms", 190, 215, 0.95}};
    run.replication = spec::Replication{40, 0.95};
  }
  for (const Table& table : make_report(study).tables) {
    titles.push_back(table.title);
    for (const Row& row : table.rows) {
      EXPECT_EQ(row.cells.size(), table.columns.size()) << table.title;
    }
  }
  EXPECT_EQ(titles, (std::vector<std::string>{
                        "At a glance", "What fits", "Limits", "Latency", "Uncertainty of latency",
                        "Traffic", "Uncertainty of traffic and memory", "Intervals",
                        "Where the time goes", "A decode step against the batch",
                        "A decode step against the context", "Operators of a typical decode step",
                        "HBM traffic and KV cache", "Running and waiting", "Memory of one GPU",
                        "How sure: evidence behind the simulated time",
                        "Cards that priced the time", "Notes, refusals and warnings"}));
}

// vLLM counts block 0 in: 27 648 blocks / 8192 per sequence = 3.375 · 131 072 tokens.
TEST(MakeReport, WritesTheLogLinesOfVllm) {
  const std::string text = to_markdown(make_report(sample::single(sample::run())));
  EXPECT_NE(text.find("base: vLLM would log \"GPU KV cache size: 442,368 tokens\" and \"Maximum "
                      "concurrency for 131,072 tokens per request: 3.38x\"."),
            std::string::npos);
}

TEST(MakeReport, WarnsOfTheLatenciesOfOverloadedRuns) {
  const std::string text = to_markdown(make_report(sample::four_variants()));
  EXPECT_NE(text.find("Overloaded: MHA. Its latencies grow"), std::string::npos);
}

TEST(MakeReport, SaysWhatSeveralRunsSayOnlyOnce) {
  StudyResults study = sample::rate_sweep();
  study.runs[1].refusals = {{RequestId(3), "too long"}};
  study.runs[1].metrics.refused = 12;
  study.warnings = {{.severity = Severity::Note,
                     .place = {"s.yaml", 3, 1},
                     .message = "alias",
                     .path = "",
                     .source_line = ""}};
  const Report report = make_report(study);
  const Table& notes = report.tables.back();
  ASSERT_EQ(notes.rows.size(), 4U);
  const auto text = [&](std::size_t row) {
    return notes.rows[row].cells[0].text + '/' + notes.rows[row].cells[1].text + '/' +
           notes.rows[row].cells[2].text;
  };
  EXPECT_EQ(text(0), "all/note/s.yaml:3: alias");
  EXPECT_EQ(text(1), "all/note/max_model_len is the model's own limit");
  EXPECT_EQ(text(2), "2/s/refusal/request 3: too long");
  EXPECT_EQ(text(3), "2/s/refusal/12 requests in all were refused");
}

TEST(MakeReport, SharesOneMemoryRowAmongTheRatesOfAVariant) {
  const Report report = make_report(sample::rate_sweep());
  const auto memory = std::find_if(report.tables.begin(), report.tables.end(),
                                   [](const Table& t) { return t.title == "Memory of one GPU"; });
  ASSERT_EQ(memory->rows.size(), 1U);
  EXPECT_EQ(memory->rows[0].runs.size(), 4U);
  EXPECT_EQ(memory->rows[0].cells[0].text, "base");
}

TEST(MakeReport, SurvivesARunThatDidNothing) {
  spec::RunResult run;
  run.spec.id = run.spec.variant = "empty";
  const Report report = make_report(sample::single(run));
  EXPECT_NE(report.headline.find("does not fit into HBM"), std::string::npos);
  EXPECT_NE(to_terminal(report).find("vLLM would not start"), std::string::npos);
}

TEST(Cells, ReadWell) {
  EXPECT_EQ(format_number(12'345.6), "12 346");
  EXPECT_EQ(format_number(999.96), "1 000");
  EXPECT_EQ(format_number(99.996), "100.0");
  EXPECT_EQ(format_number(9.9996), "10.00");
  EXPECT_EQ(format_number(0), "0");
  EXPECT_EQ(format_percent(0.0001), "< 0.1 %");
  EXPECT_EQ(format_percent(0.9999), "> 99.9 %");
  EXPECT_EQ(format_percent(1), "100.0 %");
  EXPECT_EQ(format_ms(999.99), "1 s");
  EXPECT_EQ(format_ms(12'345'678), "12 346 s");
  EXPECT_EQ(format_ms(0.5), "500 us");
}

}  // namespace
}  // namespace kvsim::report
