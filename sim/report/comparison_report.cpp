#include <fmt/format.h>

#include <cmath>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/comparison.hpp"
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

Cell value_cell(const MetricPair& pair, const Value& value, const std::optional<Range>& range) {
  if (const auto* word = std::get_if<std::string>(&value)) {
    return text_cell(*word);
  }
  const auto number = as_double(value);
  if (!number) {
    return no_cell();
  }
  if (pair.is_share) {
    Cell cell{value, format_percent(*number)};
    cell.text += range ? fmt::format(" [{}]", format_percent_range(*range)) : "";
    return cell;
  }
  const auto* whole = std::get_if<std::int64_t>(&value);
  return with_range(whole != nullptr ? count_cell(*whole) : number_cell(*number), range);
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

// An overloaded run's latency is never shown without the word.
Cell verdict_cell(const RunPair& run, const MetricPair& pair) {
  const std::string where = pair.is_latency ? overloaded_in(run) : std::string();
  std::string text(words_of(verdict(pair)));
  if (!where.empty()) {
    text += fmt::format("{}overloaded in {}", text.empty() ? "" : ", ", where);
  }
  return text.empty() ? no_cell() : text_cell(text);
}

std::string full_title(const Comparison& comparison, const MetricPair& pair) {
  if (comparison.all) {
    return pair.name;
  }
  return pair.unit.empty() ? pair.title : fmt::format("{} ({})", pair.title, pair.unit);
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
    table.rows.push_back(
        {{index},
         pair.name,
         {text_cell(full_title(comparison, pair)), value_cell(pair, pair.a, pair.range_a),
          value_cell(pair, pair.b, pair.range_b), difference_cell(pair), ratio_of(pair),
          verdict_cell(run, pair)}});
  }
  return table;
}

Table settings_table(const Comparison& comparison) {
  Table table{.title = "Settings that differ",
              .columns = {{"", "run", "", true},
                          {"", "key", "", true},
                          {"", "A", "", true},
                          {"", "B", "", true}},
              .rows = {}};
  const auto said = [](const std::string& value) {
    return value.empty() ? text_cell("as the study says") : text_cell(value);
  };
  for (const RunPair& run : comparison.runs) {
    for (const SettingPair& setting : run.settings) {
      table.rows.push_back({{},
                            "",
                            {text_cell(label_of(comparison, run)), text_cell(setting.key),
                             said(setting.a), said(setting.b)}});
    }
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
              .columns = {{"", "run", "", true}, {"run_id_b", "in B", "", true}, {"in", "in", ""}},
              .rows = {}};
  table.only_csv = true;
  const auto add = [&](const std::string& a, const std::string& b, const char* where) {
    table.rows.push_back({{table.rows.size()}, "", {text_cell(a), text_cell(b), text_cell(where)}});
  };
  for (const RunPair& run : comparison.runs) {
    add(run.id_a, run.id_b, "A and B");
  }
  for (const std::string& id : comparison.a.alone) {
    add(id, "", "A");
  }
  for (const std::string& id : comparison.b.alone) {
    add("", id, "B");
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
  return report;
}

}  // namespace kvsim::report
