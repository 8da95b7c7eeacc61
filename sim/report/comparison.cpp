#include "sim/report/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "sim/base/diagnostic.hpp"
#include "sim/base/spelling.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/latency_word.hpp"
#include "sim/report/result_reader.hpp"
#include "sim/report/run_partners.hpp"

namespace kvsim::report {
namespace {

// ---- which metrics --------------------------------------------------------------------------

struct HeadlineMetric {
  std::string_view name;
  std::string_view title;
  std::string_view unit;
  bool is_share = false;
};

constexpr std::array<HeadlineMetric, 20> kHeadline = {{
    {"mean_ttft_ms", "mean TTFT", "ms"},
    {"p99_ttft_ms", "p99 TTFT", "ms"},
    {"mean_tpot_ms", "mean TPOT", "ms"},
    {"p99_tpot_ms", "p99 TPOT", "ms"},
    {"mean_itl_ms", "mean ITL", "ms"},
    {"p99_e2el_ms", "p99 E2EL", "ms"},
    {"request_throughput", "throughput", "1/s"},
    {"request_goodput", "goodput", "1/s"},
    {"output_throughput_per_gpu", "output per GPU", "tok/s"},
    {"cost.bill.per_hour", "cost per hour", ""},
    {"cost.bill.per_million_output_tokens", "cost per M output", ""},
    {"cost.energy.joules_per_output_token", "energy per output token", "J"},
    {"memory.kv_cache_tokens", "KV capacity", "tokens"},
    {"memory.kv_bytes_per_token", "KV per token", "B"},
    {"kv_cache_usage_perc.max", "KV usage, max", "", true},
    {"bandwidth.hbm_utilization", "HBM utilization", "", true},
    {"num_preemptions", "preemptions", ""},
    {"prefix_cache_hit_rate", "prefix hit rate", "", true},
    {"refused", "refused requests", ""},
    {"stability", "stability", ""},
}};

MetricPair empty_pair(const std::string& name) {
  MetricPair pair{.name = name, .title = name, .unit = {}, .a = {}, .b = {}};
  pair.is_latency = is_latency(name);
  for (const HeadlineMetric& each : kHeadline) {
    if (each.name == name) {
      pair.title = each.title;
      pair.unit = each.unit;
      pair.is_share = each.is_share;
    }
  }
  return pair;
}

void add_name(std::vector<std::string>& names, std::string_view name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    names.emplace_back(name);
  }
}

// The headline first, then whatever else either run has.
std::vector<std::string> all_names(const ReadRun& a, const ReadRun& b) {
  std::vector<std::string> names;
  for (const HeadlineMetric& each : kHeadline) {
    names.emplace_back(each.name);
  }
  for (const ReadRun* run : {&a, &b}) {
    for (const auto& number : run->numbers) {
      add_name(names, number.first);
    }
  }
  return names;
}

std::vector<std::string> names_in(const ReadResult& a, const ReadResult& b) {
  std::vector<std::string> names;
  for (const ReadResult* result : {&a, &b}) {
    for (const ReadRun& run : result->runs) {
      for (const std::string& name : all_names(run, run)) {
        add_name(names, name);
      }
    }
  }
  return names;
}

Diagnostic unknown_metric(const std::string& asked, const std::vector<std::string>& known) {
  Diagnostic fault;
  fault.place.file = "--metrics " + asked;
  fault.message = "neither file has such a metric";
  if (const auto guess = nearest_word(asked, known)) {
    fault.notes.push_back(fmt::format("did you mean '{}'?", *guess));
  }
  fault.notes.emplace_back("kvsim compare A B --all shows all, by the names to give here");
  return fault;
}

// As it is, with "metrics." before it, or its last word where that is enough.
std::optional<std::string> full_name(std::string_view asked,
                                     const std::vector<std::string>& known) {
  constexpr std::string_view kMetrics = "metrics.";
  if (asked.starts_with(kMetrics)) {
    asked.remove_prefix(kMetrics.size());
  }
  std::vector<std::string> ends;
  for (const std::string& name : known) {
    if (name == asked) {
      return name;
    }
    if (name.ends_with(fmt::format(".{}", asked))) {
      ends.push_back(name);
    }
  }
  return ends.size() == 1 ? std::optional(ends.front()) : std::nullopt;
}

// Sorted out before anything is compared, so that all typos are told at once.
std::vector<std::string> asked_names(const std::vector<std::string>& asked, const ReadResult& a,
                                     const ReadResult& b) {
  if (asked.empty()) {
    return {};
  }
  const std::vector<std::string> known = names_in(a, b);
  std::vector<std::string> names;
  std::vector<Diagnostic> faults;
  for (const std::string& each : asked) {
    if (const auto name = full_name(each, known)) {
      add_name(names, *name);
    } else {
      faults.push_back(unknown_metric(each, known));
    }
  }
  if (!faults.empty()) {
    throw ConfigError(std::move(faults));
  }
  return names;
}

// ---- one pair -------------------------------------------------------------------------------

std::vector<SettingPair> settings_of(const ReadRun& a, const ReadRun& b) {
  std::map<std::string, SettingPair> settings;
  for (const auto& [key, value] : a.overrides) {
    settings[key].a = value;
  }
  for (const auto& [key, value] : b.overrides) {
    settings[key].b = value;
  }
  std::vector<SettingPair> different;
  for (auto& [key, pair] : settings) {
    if (pair.a != pair.b) {
      different.push_back({key, pair.a, pair.b});
    }
  }
  return different;
}

MetricPair metric_pair(const std::string& name, const ReadRun& a, const ReadRun& b, bool asked) {
  MetricPair pair = empty_pair(name);
  const auto in_headline = [&](const HeadlineMetric& each) { return each.name == name; };
  pair.counts = asked || std::any_of(kHeadline.begin(), kHeadline.end(), in_headline);
  pair.a = number_of(a, name);
  pair.b = number_of(b, name);
  pair.range_a = interval_of(a, name);
  pair.range_b = interval_of(b, name);
  return pair;
}

bool is_there(const MetricPair& pair) {
  return !std::holds_alternative<std::monostate>(pair.a) ||
         !std::holds_alternative<std::monostate>(pair.b);
}

RunPair run_pair(const ReadRun& a, const ReadRun& b, const WhatToCompare& what) {
  RunPair pair{a.id, b.id, a.variant, b.variant, a.stability, b.stability, settings_of(a, b), {}};
  const std::vector<std::string> names = what.metrics.empty() ? all_names(a, b) : what.metrics;
  for (const std::string& name : names) {
    MetricPair metric = metric_pair(name, a, b, !what.metrics.empty());
    if (is_there(metric) && (metric.counts || what.all)) {
      pair.metrics.push_back(std::move(metric));
    }
  }
  return pair;
}

Side side_of(const ReadResult& result, const std::vector<bool>& taken) {
  Side side{.name = result.name,
            .study = result.study,
            .kvsim_version = result.kvsim_version,
            .runs = result.runs.size(),
            .confidence = std::nullopt,
            .alone = ids_left(result.runs, taken)};
  for (const ReadRun& run : result.runs) {
    if (!run.intervals.empty()) {
      side.confidence = run.intervals.front().confidence;
    }
  }
  return side;
}

// ---- what is too much -----------------------------------------------------------------------

std::optional<double> share_of_change(const MetricPair& pair) {
  const auto a = as_double(pair.a);
  const auto by = difference(pair);
  return a && by && *a != 0 ? std::optional(std::abs(*by / *a)) : std::nullopt;
}

std::string plain(const Value& value) {
  if (const auto* word = std::get_if<std::string>(&value)) {
    return *word;
  }
  const auto number = as_double(value);
  return number ? fmt::format("{}", *number) : std::string("none");
}

std::string too_much(const RunPair& run, const std::string& label, const MetricPair& pair) {
  const auto change = share_of_change(pair);
  const std::string overloaded = pair.is_latency ? overloaded_in(run) : std::string();
  return fmt::format("{}: {} was {}, is {}{}{}", label, pair.name, plain(pair.a), plain(pair.b),
                     change ? fmt::format(" ({:.3g} % off)", 100 * *change) : "",
                     overloaded.empty() ? "" : fmt::format(" (overloaded in {})", overloaded));
}

}  // namespace

bool differs(const MetricPair& pair) {
  const auto a = as_double(pair.a);
  const auto b = as_double(pair.b);
  return a && b ? *a != *b : pair.a != pair.b;
}

std::optional<double> difference(const MetricPair& pair) {
  const auto a = as_double(pair.a);
  const auto b = as_double(pair.b);
  return a && b && std::isfinite(*b - *a) ? std::optional(*b - *a) : std::nullopt;
}

std::optional<double> ratio(const MetricPair& pair) {
  const auto a = as_double(pair.a);
  const auto b = as_double(pair.b);
  return a && b && *a != 0 && std::isfinite(*b / *a) ? std::optional(*b / *a) : std::nullopt;
}

Verdict verdict(const MetricPair& pair) {
  if (!pair.range_a || !pair.range_b) {
    return Verdict::None;
  }
  const bool overlap =
      pair.range_a->low <= pair.range_b->high && pair.range_b->low <= pair.range_a->high;
  return overlap ? Verdict::WithinTheErrorBars : Verdict::Apart;
}

std::string_view words_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Apart:
      return "apart";
    case Verdict::WithinTheErrorBars:
      return "within the error bars";
    case Verdict::None:
      break;
  }
  return {};
}

std::string overloaded_in(const RunPair& run) {
  std::vector<std::string> where;
  if (!latency_word(run.stability_a).empty()) {
    where.emplace_back("A");
  }
  if (!latency_word(run.stability_b).empty()) {
    where.emplace_back("B");
  }
  return join_words(where);
}

std::string label_of(const Comparison& comparison, const RunPair& run) {
  if (run.id_a != run.id_b) {
    return fmt::format("{} and {}", run.id_a, run.id_b);
  }
  const auto same =
      std::count_if(comparison.runs.begin(), comparison.runs.end(),
                    [&](const RunPair& other) { return other.variant_a == run.variant_a; });
  return same == 1 && run.variant_a == run.variant_b && !run.variant_a.empty() ? run.variant_a
                                                                               : run.id_a;
}

std::vector<std::string> beyond(const Comparison& comparison, double percent) {
  std::vector<std::string> lines;
  for (const RunPair& run : comparison.runs) {
    for (const MetricPair& pair : run.metrics) {
      const auto change = share_of_change(pair);
      if (pair.counts && differs(pair) && (!change || 100 * *change > percent)) {
        lines.push_back(too_much(run, label_of(comparison, run), pair));
      }
    }
  }
  for (const auto& [side, name] : {std::pair(&comparison.a, 'A'), std::pair(&comparison.b, 'B')}) {
    for (const std::string& id : side->alone) {
      lines.push_back(fmt::format("{}: only in {}", id, name));
    }
  }
  return lines;
}

Comparison compare(const ResultText& text_a, const ResultText& text_b, const WhatToCompare& what) {
  const ReadResult a = read_result(text_a);
  const ReadResult b = read_result(text_b);
  const WhatToCompare resolved{what.all, asked_names(what.metrics, a, b)};
  const Partners partners = partners_of(a.runs, b.runs);
  Comparison comparison{side_of(a, partners.taken_a), side_of(b, partners.taken_b), {}, what.all};
  for (const auto& [i, j] : partners.pairs) {
    comparison.runs.push_back(run_pair(a.runs[i], b.runs[j], resolved));
  }
  return comparison;
}

}  // namespace kvsim::report
