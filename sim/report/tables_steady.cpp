#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/latency_word.hpp"
#include "sim/report/ranges.hpp"
#include "sim/report/table_parts.hpp"

namespace kvsim::report {
namespace {

using spec::RunResult;
using spec::SteadyState;
using spec::SteadyStatistic;

constexpr std::size_t kRunsWithASentence = 4;

bool is_told(const RunResult& run) { return run.steady_state && run.steady_state->why_not.empty(); }

const SteadyStatistic* find(const RunResult& run, std::string_view metric) {
  if (!run.steady_state) {
    return nullptr;
  }
  const auto& all = run.steady_state->statistics;
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const SteadyStatistic& each) { return each.metric == metric; });
  return found == all.end() ? nullptr : &*found;
}

// "412.3 [398–431]", "412.3 [at least 398]"
Cell steady_cell(const RunResult& run, std::string_view metric) {
  const SteadyStatistic* each = find(run, metric);
  if (each == nullptr) {
    return no_cell();
  }
  Cell cell = number_cell(each->value);
  if (each->high) {
    return with_range(std::move(cell), Range{each->low, *each->high});
  }
  cell.text += fmt::format(" [at least {}]", format_number(each->low));
  return cell;
}

// "120 requests (9.870 s)"
std::string warm_up_words(const SteadyState& state) {
  return state.warm_up_requests == 0
             ? "nothing"
             : fmt::format("{}{} requests ({})", state.one_in > 1 ? "about " : "",
                           format_grouped(state.warm_up_requests),
                           format_ms(to_milliseconds(state.warm_up)));
}

// "p99 TTFT 412.3 ms, 95 % between 398.0 ms and 431.0 ms"
std::string statistic_words(const RunResult& run, std::string_view metric, std::string_view title) {
  const SteadyStatistic* each = find(run, metric);
  if (each == nullptr) {
    return {};
  }
  const std::string sure = fmt::format("{:.3g} %", 100 * run.steady_state->confidence);
  return fmt::format(
      "; {} {}, {} {}", title, format_ms(each->value), sure,
      each->high ? fmt::format("between {} and {}", format_ms(each->low), format_ms(*each->high))
                 : fmt::format("above {} (too short for an upper end)", format_ms(each->low)));
}

std::string sentence_of(const Subject& subject, std::size_t index) {
  const RunResult& run = subject.results.runs[index];
  const std::string of = subject.labels.size() == 1 ? "" : " of " + subject.labels[index];
  return fmt::format("Steady state{}: {} left out as warm-up{}{}.", of,
                     run.steady_state->warm_up_requests == 0
                         ? "nothing"
                         : "the first " + warm_up_words(*run.steady_state),
                     statistic_words(run, "p99_ttft_ms", "p99 TTFT"),
                     statistic_words(run, "p99_tpot_ms", "p99 TPOT"));
}

// "No steady state is told of A and B, overloaded: the queue grows as long as requests arrive."
std::vector<std::string> reasons(const Subject& subject) {
  std::map<std::string, std::vector<std::string>> runs;
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    const auto& state = subject.results.runs[i].steady_state;
    if (state && !state->why_not.empty()) {
      runs[state->why_not].push_back(subject.labels[i]);
    }
  }
  std::vector<std::string> notes;
  for (const auto& [reason, labels] : runs) {
    const std::string of =
        labels.size() == subject.labels.size() ? "" : fmt::format(" of {}", join_words(labels));
    notes.push_back(fmt::format("No steady state is told{}: {}.", of, reason));
  }
  return notes;
}

std::int64_t most_one_in(const Subject& subject) {
  std::int64_t most = 1;
  for (const RunResult& run : subject.results.runs) {
    most = is_told(run) ? std::max(most, run.steady_state->one_in) : most;
  }
  return most;
}

std::vector<std::string> table_notes(const Subject& subject) {
  const auto& runs = subject.results.runs;
  const auto told = std::find_if(runs.begin(), runs.end(), is_told);
  std::vector<std::string> notes;
  if (told != runs.end()) {
    const std::int64_t one_in = most_one_in(subject);
    notes.push_back(fmt::format(
        "Without the warm-up, which MSER-5 finds, and without the last requests, which run alone. "
        "In brackets: where the number of an endless run lies, each with {:.3g} % confidence, from "
        "20 "
        "batches of this one; \"at least\": the run is too short for an upper end.{}",
        100 * told->steady_state->confidence,
        one_in == 1 ? "" : fmt::format(" Of long runs one request in {} is looked at.", one_in)));
  }
  const std::vector<std::string> why = reasons(subject);
  notes.insert(notes.end(), why.begin(), why.end());
  return notes;
}

constexpr std::array kStatistics = {"mean", "median", "p90", "p95", "p99"};

Row latency_row(const Subject& subject, std::string_view metric, std::string_view title,
                std::size_t index) {
  const RunResult& run = subject.results.runs[index];
  Row row{
      {index}, std::string(metric), {text_cell(with_word(row_label(subject, title, index), run))}};
  for (const char* statistic : kStatistics) {
    row.cells.push_back(steady_cell(run, fmt::format("{}_{}_ms", statistic, metric)));
  }
  row.cells.push_back(is_told(run) ? text_cell(warm_up_words(*run.steady_state)) : no_cell());
  return row;
}

}  // namespace

Table steady_table(const Subject& subject) {
  Table table{.title = "Steady state", .columns = {{"", "metric", "", true}}, .rows = {}};
  for (const char* statistic : kStatistics) {
    table.columns.push_back({fmt::format("steady_{}_{{}}_ms", statistic), statistic, "ms"});
  }
  table.columns.push_back({"", "left out as warm-up", ""});
  for (const auto& [metric, title] :
       {std::pair("ttft", "TTFT"), std::pair("tpot", "TPOT"), std::pair("e2el", "E2EL")}) {
    for (std::size_t i = 0; i < subject.labels.size(); ++i) {
      if (subject.results.runs[i].steady_state) {
        table.rows.push_back(latency_row(subject, metric, title, i));
      }
    }
  }
  table.notes = table_notes(subject);
  return table;
}

Table steady_numbers(const Subject& subject) {
  Table table{.title = "Steady state, one by one",
              .columns = {{"", "metric", "", true},
                          {"steady_{}_low", "low", "ms"},
                          {"steady_{}_high", "high", "ms"}},
              .rows = {}};
  table.only_csv = true;
  for (std::size_t i = 0; i < subject.labels.size(); ++i) {
    const RunResult& run = subject.results.runs[i];
    if (!run.steady_state) {
      continue;
    }
    for (const SteadyStatistic& each : run.steady_state->statistics) {
      table.rows.push_back({{i},
                            each.metric,
                            {text_cell(fmt::format("{}, {}", each.metric, subject.labels[i])),
                             number_cell(each.low), number_cell(each.high)}});
    }
  }
  return table;
}

std::vector<std::string> steady_notes(const Subject& subject) {
  const auto& runs = subject.results.runs;
  const auto told = std::count_if(runs.begin(), runs.end(), is_told);
  std::vector<std::string> notes;
  if (runs.size() <= kRunsWithASentence) {
    for (std::size_t i = 0; i < runs.size(); ++i) {
      if (is_told(runs[i])) {
        notes.push_back(sentence_of(subject, i));
      }
    }
  } else if (told > 0) {
    notes.push_back(fmt::format(
        "Steady state: for {} of {} runs the report has latencies without the warm-up, with their "
        "intervals.",
        told, runs.size()));
  }
  const std::vector<std::string> why = reasons(subject);
  notes.insert(notes.end(), why.begin(), why.end());
  return notes;
}

}  // namespace kvsim::report
