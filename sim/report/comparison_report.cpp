#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/comparison.hpp"
#include "sim/report/render.hpp"
#include "sim/report/result_reader.hpp"

namespace kvsim::report {
namespace {

// A change that four digits would hide is written with two of its own.
std::string format_change(double value) {
  const std::string text = format_number(std::abs(value));
  const bool hidden = value != 0 && text.find_first_of("123456789") == std::string::npos;
  const std::string digits = hidden ? fmt::format("{:.2g}", std::abs(value)) : text;
  return value == 0 ? digits : (value > 0 ? "+" : "−") + digits;
}

Cell value_cell(const MetricPair& pair, const Value& value) {
  if (const auto* word = std::get_if<std::string>(&value)) {
    return text_cell(*word);
  }
  const auto number = as_double(value);
  if (!number) {
    return no_cell();
  }
  if (pair.is_share) {
    return {value, format_percent(*number)};
  }
  const auto* whole = std::get_if<std::int64_t>(&value);
  return whole != nullptr ? count_cell(*whole) : number_cell(*number);
}

Cell range_cell(const MetricPair& pair, const std::optional<Range>& range) {
  if (!range) {
    return no_cell();
  }
  return text_cell(
      fmt::format("[{}]", pair.is_share ? format_percent_range(*range) : format_range(*range)));
}

Cell difference_cell(const MetricPair& pair) {
  const auto by = difference(pair);
  if (!by) {
    return no_cell();
  }
  return {*by, pair.is_share ? format_change(100 * *by) + " points" : format_change(*by)};
}

Cell ratio_of(const MetricPair& pair) {
  const auto times = ratio(pair);
  if (!times) {
    return no_cell();
  }
  const std::string text = format_number(*times);
  return {*times, *times != 1 && text == "1.000" ? "≈ 1" : text};
}

Cell verdict_on_pair(const MetricPair& pair) {
  const std::string_view word = words_of(verdict(pair));
  return word.empty() ? no_cell() : text_cell(std::string(word));
}

// An overloaded run's latency is never shown without the word. It comes first, so that it stays in
// the line of the numbers when the cell is wrapped, and in each part when the table is broken.
std::string row_title(const Comparison& comparison, const RunPair& run, const MetricPair& pair) {
  const std::string title = pair.unit.empty() || comparison.all
                                ? (comparison.all ? pair.name : pair.title)
                                : fmt::format("{} ({})", pair.title, pair.unit);
  return pair.is_latency && !overloaded_in(run).empty() ? "overloaded: " + title : title;
}

Row metric_row(const Comparison& comparison, std::size_t index, const MetricPair& pair) {
  return {{index},
          pair.name,
          {text_cell(row_title(comparison, comparison.runs[index], pair)), value_cell(pair, pair.a),
           value_cell(pair, pair.b), difference_cell(pair), ratio_of(pair), verdict_on_pair(pair)}};
}

// Below its metric: beside it both would not fit a terminal.
Row interval_row(const MetricPair& pair) {
  return {{},
          "",
          {text_cell("  interval"), range_cell(pair, pair.range_a), range_cell(pair, pair.range_b),
           text_cell(""), text_cell(""), text_cell("")}};
}

Table run_table(const Comparison& comparison, std::size_t index) {
  const RunPair& run = comparison.runs[index];
  Table table{.title = label_of(comparison, run),
              .columns = {{"", "metric", "", true},
                          {"{}_a", "A", ""},
                          {"{}_b", "B", ""},
                          {"{}_difference", "B − A", ""},
                          {"{}_ratio", "B / A", ""},
                          {"{}_verdict", "verdict", "", true}},
              .rows = {}};
  for (const MetricPair& pair : run.metrics) {
    table.rows.push_back(metric_row(comparison, index, pair));
    if (pair.range_a || pair.range_b) {
      table.rows.push_back(interval_row(pair));
    }
  }
  return table;
}

// The same intervals as numbers.
Table interval_table(const Comparison& comparison) {
  Table table{.title = "Intervals",
              .columns = {{"", "metric", "", true},
                          {"{}_a_low", "A, low", ""},
                          {"{}_a_high", "A, high", ""},
                          {"{}_b_low", "B, low", ""},
                          {"{}_b_high", "B, high", ""}},
              .rows = {}};
  table.only_csv = true;
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    for (const MetricPair& pair : comparison.runs[i].metrics) {
      Row row{{i}, pair.name, {text_cell(pair.name)}};
      for (const std::optional<Range>& range : {pair.range_a, pair.range_b}) {
        row.cells.push_back(range ? number_cell(range->low) : no_cell());
        row.cells.push_back(range ? number_cell(range->high) : no_cell());
      }
      if (pair.range_a || pair.range_b) {
        table.rows.push_back(std::move(row));
      }
    }
  }
  return table;
}

// Runs by what differs: a flag that was set for all of them is told once.
using SameSetting = std::pair<SettingPair, std::vector<std::string>>;

std::vector<SameSetting> settings_of(const Comparison& comparison) {
  std::vector<SameSetting> settings;
  for (const RunPair& run : comparison.runs) {
    for (const SettingPair& setting : run.settings) {
      auto same = std::find_if(settings.begin(), settings.end(),
                               [&](const SameSetting& each) { return each.first == setting; });
      if (same == settings.end()) {
        same = settings.insert(same, {setting, {}});
      }
      same->second.push_back(label_of(comparison, run));
    }
  }
  return settings;
}

Table settings_table(const Comparison& comparison) {
  Table table{.title = "Settings that differ",
              .columns = {{"", "key", "", true},
                          {"", "A", "", true},
                          {"", "B", "", true},
                          {"", "in", "", true}},
              .rows = {}};
  const auto said = [](const std::string& value) {
    return value.empty() ? text_cell("as the study says") : text_cell(value);
  };
  for (const auto& [setting, runs] : settings_of(comparison)) {
    table.rows.push_back({{},
                          "",
                          {text_cell(setting.key), said(setting.a), said(setting.b),
                           text_cell(runs.size() == comparison.runs.size()
                                         ? "every run"
                                         : fmt::format("{}", fmt::join(runs, ", ")))}});
  }
  return table;
}

Row side_row(const std::string& name, const Side& side) {
  return {
      {},
      "",
      {text_cell(name), text_cell(side.name), text_cell(side.study), text_cell(side.kvsim_version),
       count_cell(static_cast<std::int64_t>(side.runs)),
       side.alone.empty() ? no_cell() : text_cell(fmt::format("{}", fmt::join(side.alone, ", ")))}};
}

Table side_table(const Comparison& comparison) {
  Table table{.title = "What is compared",
              .columns = {{"", "", "", true},
                          {"", "result", "", true},
                          {"", "study", "", true},
                          {"", "kvsim", "", true},
                          {"", "runs", ""},
                          {"", "without a partner", "", true}},
              .rows = {side_row("A", comparison.a), side_row("B", comparison.b)}};
  table.notes = comparison_notes(comparison);
  return table;
}

// In CSV a row per run: whose it is, and for a run alone nothing else.
Table id_table(const Comparison& comparison) {
  Table table{.title = "Partners",
              .columns = {{"", "run", "", true},
                          {"run_id_b", "in B", "", true},
                          {"in", "in", ""},
                          {"overloaded", "overloaded", ""}},
              .rows = {}};
  table.only_csv = true;
  const auto add = [&](const std::string& a, const std::string& b, const char* where,
                       const std::string& overloaded) {
    table.rows.push_back({{table.rows.size()},
                          "",
                          {text_cell(a), text_cell(b), text_cell(where), text_cell(overloaded)}});
  };
  for (const RunPair& run : comparison.runs) {
    add(run.id_a, run.id_b, "A and B", overloaded_in(run));
  }
  for (const std::string& id : comparison.a.alone) {
    add(id, "", "A", "");
  }
  for (const std::string& id : comparison.b.alone) {
    add("", id, "B", "");
  }
  return table;
}

std::vector<std::string> csv_ids(const Table& partners) {
  std::vector<std::string> ids;
  for (const Row& row : partners.rows) {
    ids.push_back(row.cells.front().text);
  }
  return ids;
}

}  // namespace

std::vector<std::string> comparison_notes(const Comparison& comparison) {
  std::vector<std::string> notes = {
      "Verdict: apart when the intervals of both runs do not overlap, within the error bars when "
      "they do, nothing when a run has none (kvsim run --replicates N makes them). The rule is "
      "conservative and no test of significance."};
  const Side& a = comparison.a;
  const Side& b = comparison.b;
  if (a.kvsim_version != b.kvsim_version) {
    notes.push_back(fmt::format(
        "The kvsim versions differ: {} wrote A, {} wrote B, so a difference may come from the "
        "program.",
        a.kvsim_version, b.kvsim_version));
  }
  if (a.confidence && b.confidence && *a.confidence != *b.confidence) {
    notes.push_back(fmt::format("The intervals are not alike: {:.3g} % in A, {:.3g} % in B.",
                                100 * *a.confidence, 100 * *b.confidence));
  } else if (const auto confidence = a.confidence ? a.confidence : b.confidence) {
    notes.push_back(
        fmt::format("Intervals: where {:.3g} % of the replicates lie.", 100 * *confidence));
  }
  return notes;
}

Report comparison_report(const Comparison& comparison) {
  Report report;
  report.title = fmt::format("{} (A) and {} (B)", comparison.a.name, comparison.b.name);
  report.headline = comparison_sentence(comparison);
  const Table partners = id_table(comparison);
  report.run_ids = csv_ids(partners);
  report.tables = {partners, side_table(comparison)};
  if (Table settings = settings_table(comparison); !settings.rows.empty()) {
    report.tables.push_back(std::move(settings));
  }
  for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
    report.tables.push_back(run_table(comparison, i));
  }
  report.tables.push_back(interval_table(comparison));
  report.sections = sections_of(report.tables);
  return report;
}

}  // namespace kvsim::report
