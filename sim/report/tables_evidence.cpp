#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using spec::RunResult;

// One card in all runs that used it, with the smallest and the largest share it had.
struct CardLine {
  const spec::CardUse* use;
  std::size_t runs = 0;
  double smallest = 1;
  double largest = 0;
};

bool same_card(const spec::CardUse& a, const spec::CardUse& b) {
  return std::tie(a.card, a.op, a.provenance, a.source) ==
         std::tie(b.card, b.op, b.provenance, b.source);
}

std::vector<CardLine> card_lines(const std::vector<RunResult>& runs) {
  std::vector<CardLine> lines;
  for (const RunResult& run : runs) {
    for (const spec::CardUse& use : run.cards) {
      auto line = std::find_if(lines.begin(), lines.end(),
                               [&](const CardLine& l) { return same_card(*l.use, use); });
      if (line == lines.end()) {
        line = lines.insert(line, CardLine{&use});
      }
      const double part = share(use.time, priced_time(run.metrics));
      ++line->runs;
      line->smallest = std::min(line->smallest, part);
      line->largest = std::max(line->largest, part);
    }
  }
  return lines;
}

Cell error_cell(const spec::CardUse& use) {
  return use.mean_error ? percent_cell(*use.mean_error) : text_cell("not measured");
}

Cell range_cell(const CardLine& line) {
  const std::string low = format_percent(line.smallest);
  const std::string high = format_percent(line.largest);
  return {line.largest, low == high ? high : fmt::format("{} to {}", low, high)};
}

std::string_view severity_name(Severity severity) {
  switch (severity) {
    case Severity::Error:
      return "error";
    case Severity::Warning:
      return "warning";
    case Severity::Note:
      return "note";
  }
  return "note";
}

std::string place_and_message(const Diagnostic& diagnostic) {
  std::string text = diagnostic.place.file;
  if (diagnostic.place.line > 0) {
    text += fmt::format(":{}", diagnostic.place.line);
  }
  if (!text.empty()) {
    text += ": ";
  }
  text += diagnostic.message;
  for (const std::string& note : diagnostic.notes) {
    text += fmt::format("; {}", note);
  }
  return text;
}

// What several runs say in the same words stands there once.
struct Remark {
  std::string kind;
  std::string text;
  std::vector<std::size_t> runs;  ///< empty: of the study
};

std::vector<Remark> remarks_of(const RunResult& run) {
  std::vector<Remark> remarks;
  for (const std::string& note : run.notes) {
    remarks.push_back({"note", note, {}});
  }
  for (const spec::Refusal& refusal : run.refusals) {
    remarks.push_back(
        {"refusal", fmt::format("request {}: {}", refusal.id.value(), refusal.reason), {}});
  }
  if (run.metrics.refused > static_cast<std::int64_t>(run.refusals.size())) {
    remarks.push_back(
        {"refusal", fmt::format("{} requests in all were refused", run.metrics.refused), {}});
  }
  if (run.metrics.skipped_lines > 0) {
    remarks.push_back({"warning",
                       fmt::format("{} lines of the trace were skipped", run.metrics.skipped_lines),
                       {}});
  }
  return remarks;
}

std::vector<Remark> all_remarks(const StudyResults& results) {
  std::vector<Remark> all;
  for (const Diagnostic& diagnostic : results.warnings) {
    all.push_back(
        {std::string(severity_name(diagnostic.severity)), place_and_message(diagnostic), {}});
  }
  const auto of_runs = static_cast<std::ptrdiff_t>(all.size());
  for (std::size_t i = 0; i < results.runs.size(); ++i) {
    for (Remark& remark : remarks_of(results.runs[i])) {
      const auto same = std::find_if(all.begin() + of_runs, all.end(), [&](const Remark& other) {
        return other.kind == remark.kind && other.text == remark.text;
      });
      (same == all.end() ? all.emplace_back(std::move(remark)) : *same).runs.push_back(i);
    }
  }
  return all;
}

std::string names_of(const Subject& subject, const std::vector<std::size_t>& runs) {
  constexpr std::size_t kNamed = 3;
  if (runs.empty() || (runs.size() == subject.labels.size() && runs.size() > 1)) {
    return "all";
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(runs.size(), kNamed); ++i) {
    names.push_back(subject.labels[runs[i]]);
  }
  if (runs.size() > kNamed) {
    names.push_back(fmt::format("{} more", runs.size() - kNamed));
  }
  return fmt::format("{}", fmt::join(names, "; "));
}

}  // namespace

std::vector<Badge> badges(const std::vector<RunResult>& runs) {
  std::vector<Badge> all;
  for (std::size_t tag = 0; tag < spec::kProvenanceNames.size(); ++tag) {
    double least = 1;
    double most = 0;
    for (const RunResult& run : runs) {
      const double part = provenance_shares(run.metrics)[tag];
      least = std::min(least, part);
      most = std::max(most, part);
    }
    if (most > 0) {
      const std::string low = format_percent(least);
      const std::string high = format_percent(most);
      all.push_back({std::string(spec::kProvenanceNames[tag]),
                     low == high ? high : fmt::format("{} to {}", low, high)});
    }
  }
  return all;
}

Table provenance_table(const Subject& subject) {
  std::vector<RunColumn> columns;
  for (std::size_t i = 0; i < spec::kProvenanceNames.size(); ++i) {
    columns.push_back({fmt::format("time_share_by_tag_{}", spec::kProvenanceNames[i]),
                       std::string(spec::kProvenanceNames[i]), "", [i](const RunResult& run) {
                         return percent_cell(provenance_shares(run.metrics)[i]);
                       }});
  }
  Table table = table_of_runs("How sure: evidence behind the simulated time", subject, columns);
  table.notes = {
      "Measured: inside the domain of a card measured on this GPU. Fitted-elsewhere: from "
      "measurements of others. Extrapolated: outside what was measured. Datasheet: peak rates "
      "only."};
  return table;
}

Table card_table(const Subject& subject) {
  Table table{
      .title = "Cards that priced the time",
      .columns = {{"", "card", "", true},
                  {"", "operator", "", true},
                  {"", "evidence", "", true},
                  {"", "mean error", ""},
                  {"", "runs", ""},
                  {"", "share of busy time", ""},
                  {"", "source", "", true}},
      .rows = {},
      .notes = {"Mean error: of one call on shapes that the card was not fitted to, wider where "
                "another GPU lends the card; not measured where there is none."}};
  for (const CardLine& line : card_lines(subject.results.runs)) {
    const std::string tag(spec::name_of(line.use->provenance, spec::kProvenanceNames));
    table.rows.push_back({{},
                          "",
                          {text_cell(line.use->card), text_cell(line.use->op), text_cell(tag),
                           error_cell(*line.use), count_cell(static_cast<std::int64_t>(line.runs)),
                           range_cell(line), text_cell(line.use->source)}});
  }
  return table;
}

Table notes_table(const Subject& subject) {
  Table table{.title = "Notes, refusals and warnings",
              .columns = {{"", "run", "", true}, {"", "kind", "", true}, {"", "text", "", true}},
              .rows = {}};
  for (const Remark& remark : all_remarks(subject.results)) {
    table.rows.push_back({remark.runs,
                          "",
                          {text_cell(names_of(subject, remark.runs)), text_cell(remark.kind),
                           text_cell(remark.text)}});
  }
  return table;
}

}  // namespace kvsim::report
