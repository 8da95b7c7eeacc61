#include <fmt/format.h>

#include <algorithm>

#include "kvsim_version.hpp"
#include "sim/base/check.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/charts.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/drawn_chart.hpp"
#include "sim/report/headline.hpp"
#include "sim/report/own_table.hpp"
#include "sim/report/placeholders.hpp"
#include "sim/report/plan_sentence.hpp"
#include "sim/report/tables.hpp"
#include "sim/spec/metric_words.hpp"

namespace kvsim::report {
namespace {

constexpr std::string_view kLatencyWords =
    "TTFT: first token minus arrival. TPOT: (end-to-end latency - TTFT) / (output tokens - 1), per "
    "request; requests with one output token are left out. ITL: all gaps between tokens of all "
    "requests, pooled. E2EL: last token minus arrival. As in vllm bench serve.";
constexpr std::string_view kStatisticWords =
    "Percentiles are linear between order statistics (type 7, numpy). Interactivity is 1000 / mean "
    "TPOT in ms. Goodput counts requests that meet every limit, each by itself.";
constexpr std::string_view kStabilityWords =
    "Stable: the queue does not grow. Backlogged: it empties only after the last arrival. "
    "Overloaded: it grows as long as requests arrive, so latencies depend on the run's length.";

std::vector<std::string> definitions() {
  return {std::string(kLatencyWords), std::string(kStatisticWords), std::string(kStabilityWords),
          "GB is 10^9 bytes, GiB is 2^30 bytes.",
          fmt::format("Written by kvsim {}.", KVSIM_VERSION)};
}

constexpr std::size_t kTables = spec::kReportTableNames.size();

// In reading order; those of intervals and their ends one by one are for CSV alone.
std::vector<Table> all_tables(const Subject& subject) {
  std::vector<Table> tables;
  for (std::size_t i = 0; i < kTables; ++i) {
    const auto name = static_cast<spec::ReportTable>(i);
    tables.push_back(table_of(name, subject));
    if (!subject.results.plans.empty() && !is_of_plans(name)) {
      tables.back().in_brief = false;  // who asked for a plan finds the runs behind it on the page
    }
    if (name == spec::ReportTable::TrafficRanges) {
      tables.push_back(interval_table(subject));
    }
    if (name == spec::ReportTable::SteadyState) {
      tables.push_back(steady_numbers(subject));
    }
  }
  std::erase_if(tables, [](const Table& table) { return table.rows.empty(); });
  return tables;
}

// Every table with its charts: the page when nobody says what it should show.
spec::ReportTemplate everything() {
  spec::ReportTemplate page;
  for (std::size_t i = 0; i < kTables; ++i) {
    spec::ReportSection section;
    section.tables = {static_cast<spec::ReportTable>(i)};
    for (std::size_t k = 0; k < spec::kReportChartNames.size(); ++k) {
      const auto chart = static_cast<spec::ReportChart>(k);
      if (table_behind(chart) == section.tables.front()) {
        section.charts.push_back(chart);
      }
    }
    page.sections.push_back(std::move(section));
  }
  return page;
}

// The runs that a section speaks of.
struct Selection {
  StudyResults results;
  std::vector<std::size_t> runs;  ///< their positions in the study
};

bool passes(const Cell& cell, const spec::RunFilter& filter) {
  const auto number = as_double(cell.value);
  const bool is_one = filter.is.empty() ||
                      std::any_of(filter.is.begin(), filter.is.end(), [&](const std::string& word) {
                        return cell.text == word || (number && fmt::format("{}", *number) == word);
                      });
  return is_one && (!filter.at_least || (number && *number >= *filter.at_least)) &&
         (!filter.at_most || (number && *number <= *filter.at_most));
}

// Makes a page out of a template and the results of a study.
class PageMaker {
 public:
  PageMaker(const StudyResults& results, const spec::ReportTemplate& page)
      : page_(page),
        whole_(subject_of(results)),
        tables_(all_tables(whole_)),
        columns_(whole_, tables_) {}

  [[nodiscard]] std::string first_sentence() const {
    if (!page_.headline.empty()) {
      return filled(page_.headline, whole_, columns_, {page_.file, "headline"});
    }
    return whole_.results.plans.empty() ? headline(whole_.results)
                                        : plan_headline(whole_.results.plans);
  }

  [[nodiscard]] Section section(const spec::ReportSection& asked, std::size_t index) const {
    const std::string path = fmt::format("sections[{}]", index);
    if (asked.where.empty()) {
      return section_of(asked, path, whole_, columns_);
    }
    const Selection selection = selected(asked, path);
    Subject part{selection.results, {}, whole_.variants};
    for (const std::size_t run : selection.runs) {
      part.labels.push_back(whole_.labels[run]);
    }
    Section section = section_of(asked, path, part, RunColumns(part, all_tables(part)));
    for (Table& table : section.tables) {
      point_to_the_study(table, selection.runs);
    }
    return section;
  }

  [[nodiscard]] const Subject& subject() const { return whole_; }
  [[nodiscard]] std::vector<Table> take_tables() { return std::move(tables_); }

 private:
  [[nodiscard]] Selection selected(const spec::ReportSection& asked,
                                   const std::string& path) const {
    Selection selection{{whole_.results.study, {}, whole_.results.warnings, whole_.results.plans},
                        {}};
    for (std::size_t run = 0; run < whole_.labels.size(); ++run) {
      bool stays = true;
      for (std::size_t i = 0; i < asked.where.size(); ++i) {
        const TemplatePlace place{page_.file, fmt::format("{}.where[{}].column", path, i)};
        stays = stays && passes(column_of(columns_, asked.where[i].column, place).cells[run],
                                asked.where[i]);
      }
      if (stays) {
        selection.results.runs.push_back(whole_.results.runs[run]);
        selection.runs.push_back(run);
      }
    }
    if (selection.runs.empty()) {
      fail_in_template({page_.file, path + ".where"}, "no run is left",
                       {"kvsim run --format csv shows the columns and their values"});
    }
    return selection;
  }

  static void point_to_the_study(Table& table, const std::vector<std::size_t>& runs) {
    for (Row& row : table.rows) {
      for (std::size_t& run : row.runs) {
        run = runs[run];
      }
    }
  }

  [[nodiscard]] Section section_of(const spec::ReportSection& asked, const std::string& path,
                                   const Subject& subject, const RunColumns& columns) const {
    Section section{.title = asked.title, .folded = asked.folded};
    if (!asked.text.empty()) {
      section.paragraphs = {filled(asked.text, subject, columns, {page_.file, path + ".text"})};
    }
    add_definitions(section, asked, path);
    add_tables(section, asked, path, subject, columns);
    add_charts(section, asked, path, subject, columns);
    if (section.title.empty()) {
      section.title = !section.tables.empty()   ? section.tables.front().title
                      : !section.charts.empty() ? section.charts.front().title
                                                : "";
    }
    return section;
  }

  void add_definitions(Section& section, const spec::ReportSection& asked,
                       const std::string& path) const {
    for (std::size_t i = 0; i < asked.define.size(); ++i) {
      section.paragraphs.push_back(
          definition_of(asked.define[i], {page_.file, fmt::format("{}.define[{}]", path, i)}));
    }
  }

  void add_tables(Section& section, const spec::ReportSection& asked, const std::string& path,
                  const Subject& subject, const RunColumns& columns) const {
    if (!asked.columns.empty()) {
      section.tables.push_back(own_table(asked, subject, columns, {page_.file, path}));
    }
    for (const spec::ReportTable name : asked.tables) {
      section.tables.push_back(table_of(name, subject));
    }
    std::erase_if(section.tables, [](const Table& table) { return table.rows.empty(); });
  }

  // Behind each chart stands a table with its numbers, asked for or not.
  void add_charts(Section& section, const spec::ReportSection& asked, const std::string& path,
                  const Subject& subject, const RunColumns& columns) const {
    const auto add_table = [&](Table table) {
      const bool is_new = std::none_of(section.tables.begin(), section.tables.end(),
                                       [&](const Table& t) { return t.title == table.title; });
      if (is_new) {
        section.tables.push_back(std::move(table));
      }
    };
    for (const spec::ReportChart name : asked.charts) {
      if (auto chart = chart_of(name, subject)) {
        section.charts.push_back(std::move(*chart));
        add_table(table_of(table_behind(name), subject));
      }
    }
    for (std::size_t i = 0; i < asked.draw.size(); ++i) {
      const TemplatePlace place{page_.file, fmt::format("{}.draw[{}]", path, i)};
      DrawnPicture picture = drawn_chart(asked.draw[i], subject, columns, place);
      section.charts.push_back(std::move(picture.chart));
      add_table(std::move(picture.table));
    }
  }

  [[nodiscard]] static std::string definition_of(const std::string& name,
                                                 const TemplatePlace& place) {
    const auto words = spec::metric_words();
    const auto found = std::find_if(words.begin(), words.end(), [&](const spec::MetricWord& word) {
      return word.name == name;
    });
    if (found == words.end()) {
      fail_in_template(place, fmt::format("no metric is called '{}'", name),
                       {"'kvsim explain metric' lists all"});
    }
    return fmt::format("{} ({}): {}. {}.", found->name, found->unit, found->definition,
                       found->formula);
  }

  const spec::ReportTemplate& page_;
  Subject whole_;
  std::vector<Table> tables_;
  RunColumns columns_;
};

}  // namespace

Report make_report(const StudyResults& results, const spec::ReportTemplate& page) {
  KVSIM_CHECK(!results.runs.empty() || !results.plans.empty(),
              "a report needs at least one run or plan");
  const spec::ReportTemplate asked = page.sections.empty() ? everything() : page;
  PageMaker maker(results, asked);
  Report report{.title = results.study,
                .headline = maker.first_sentence(),
                .findings = plan_findings(results.plans),
                .sections = {},
                .tables = {},
                .run_ids = {},
                .footer = definitions(),
                .variants = maker.subject().variants,
                .badges = badges(results.runs)};
  for (std::size_t i = 0; i < asked.sections.size(); ++i) {
    Section section = maker.section(asked.sections[i], i);
    if (!section.paragraphs.empty() || !section.charts.empty() || !section.tables.empty()) {
      report.sections.push_back(std::move(section));
    }
  }
  report.tables = maker.take_tables();
  for (const spec::RunResult& run : results.runs) {
    report.run_ids.push_back(run.spec.id);
    report.variant_of_run.push_back(run.spec.variant);
  }
  return report;
}

}  // namespace kvsim::report
