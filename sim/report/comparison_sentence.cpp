// "Of 3 runs, 2 differ: p99 TPOT falls by 12.0 % in MLA (apart); ..."
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/comparison.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/result_reader.hpp"

namespace kvsim::report {
namespace {

// What a reader asks first: how long do I wait, how fast does it write, how much, for how many?
constexpr std::array<std::string_view, 4> kFirstAsked = {
    "p99_ttft_ms", "p99_tpot_ms", "output_throughput_per_gpu", "memory.kv_cache_tokens"};
constexpr std::size_t kMostClauses = 4;
constexpr std::size_t kMostLabels = 3;
constexpr double kMostByPercent = 3;  // from here on "by 220 %" is harder to read than "3.20×"

struct Change {
  const RunPair* run = nullptr;
  const MetricPair* metric = nullptr;
};

bool any_difference(const RunPair& run) {
  return std::any_of(run.metrics.begin(), run.metrics.end(), differs);
}

std::size_t count_different(const Comparison& comparison) {
  return static_cast<std::size_t>(
      std::count_if(comparison.runs.begin(), comparison.runs.end(), any_difference));
}

// Numbers only, and no latency of an overloaded run: it says nothing about a steady state.
bool can_be_told(const RunPair& run, const MetricPair& metric) {
  return differs(metric) && difference(metric) &&
         (!metric.is_latency || overloaded_in(run).empty());
}

// Half and double are as far.
double distance(const MetricPair& metric) {
  const auto times = ratio(metric);
  return times && *times > 0 ? std::abs(std::log(*times)) : std::numeric_limits<double>::infinity();
}

bool weighs_more(const MetricPair& left, const MetricPair& right) {
  const auto rank = [](const MetricPair& metric) {
    return std::pair(verdict(metric) == Verdict::Apart, distance(metric));
  };
  return rank(left) > rank(right);
}

std::optional<Change> largest_change(const Comparison& comparison, std::string_view name) {
  std::optional<Change> largest;
  for (const RunPair& run : comparison.runs) {
    for (const MetricPair& metric : run.metrics) {
      if (metric.name == name && can_be_told(run, metric) &&
          (!largest || weighs_more(metric, *largest->metric))) {
        largest = Change{&run, &metric};
      }
    }
  }
  return largest;
}

// Each name once, those first that are asked for first, then the rest of the headline.
std::vector<std::string_view> names_to_tell(const Comparison& comparison) {
  std::vector<std::string_view> names(kFirstAsked.begin(), kFirstAsked.end());
  std::set<std::string_view> seen(kFirstAsked.begin(), kFirstAsked.end());
  for (const RunPair& run : comparison.runs) {
    for (const MetricPair& metric : run.metrics) {
      if (metric.counts && seen.insert(metric.name).second) {
        names.push_back(metric.name);
      }
    }
  }
  return names;
}

std::vector<Change> changes_to_tell(const Comparison& comparison) {
  std::vector<Change> changes;
  for (const std::string_view name : names_to_tell(comparison)) {
    if (const auto change = largest_change(comparison, name);
        change && changes.size() < kMostClauses) {
      changes.push_back(*change);
    }
  }
  return changes;
}

std::string in_words(const MetricPair& metric, const Value& value) {
  const double number = as_double(value).value_or(0);
  const std::string text = metric.is_share ? format_percent(number) : format_number(number);
  return metric.unit.empty() ? text : fmt::format("{} {}", text, metric.unit);
}

// "rises", but "preemptions rise"
std::string direction(const MetricPair& metric) {
  const std::string verb = *difference(metric) > 0 ? "rise" : "fall";
  return metric.title.ends_with('s') ? verb : verb + 's';
}

std::string how_far(const MetricPair& metric) {
  const auto times = ratio(metric);
  const std::string verb = direction(metric);
  if (!times || *times <= 0) {
    return fmt::format("{} from {} to {}", verb, in_words(metric, metric.a),
                       in_words(metric, metric.b));
  }
  return *times >= kMostByPercent
             ? fmt::format("{} to {}", verb, format_ratio(*times))
             : fmt::format("{} by {}", verb, format_percent(std::abs(*times - 1)));
}

std::string clause(const Comparison& comparison, const Change& change) {
  std::string text = fmt::format("{} {}", change.metric->title, how_far(*change.metric));
  if (comparison.runs.size() > 1) {
    text += fmt::format(" in {}", label_of(comparison, *change.run));
  }
  const std::string_view word = words_of(verdict(*change.metric));
  return word.empty() ? text : fmt::format("{} ({})", text, word);
}

std::string few_words(const std::vector<std::string>& labels) {
  return labels.size() > kMostLabels ? fmt::format("{} runs", labels.size()) : join_words(labels);
}

// "; overloaded in B, so latencies are not told here: MHA and MQA"
std::string overload_clauses(const Comparison& comparison) {
  std::string text;
  for (const std::string_view where : {"A", "B", "A and B"}) {
    std::vector<std::string> labels;
    for (const RunPair& run : comparison.runs) {
      if (overloaded_in(run) == where) {
        labels.push_back(label_of(comparison, run));
      }
    }
    if (!labels.empty()) {
      text += comparison.runs.size() == 1
                  ? fmt::format("; overloaded in {}, so latencies say nothing about a steady state",
                                where)
                  : fmt::format("; overloaded in {}, so latencies are not told here: {}", where,
                                few_words(labels));
    }
  }
  return text;
}

std::string alone_clause(const Comparison& comparison) {
  std::vector<std::string> parts;
  for (const auto& [side, name] : {std::pair(&comparison.a, 'A'), std::pair(&comparison.b, 'B')}) {
    if (!side->alone.empty()) {
      parts.push_back(fmt::format("{} of {}", side->alone.size(), name));
    }
  }
  return parts.empty() ? std::string() : fmt::format("; without a partner: {}", join_words(parts));
}

std::string unchanged(std::size_t runs) {
  return runs == 1
             ? "Nothing differs: every metric compared is the same"
             : fmt::format("Of {} runs, none differs: every metric compared is the same", runs);
}

// Without clauses when what differs is a word, a latency of an overloaded run, or no headline.
std::string changed(const Comparison& comparison, std::size_t different) {
  std::vector<std::string> clauses;
  for (const Change& change : changes_to_tell(comparison)) {
    clauses.push_back(clause(comparison, change));
  }
  const std::string told = fmt::format("{}", fmt::join(clauses, ", "));
  const std::size_t runs = comparison.runs.size();
  if (runs == 1) {
    return told.empty() ? "A and B differ" : "From A to B, " + told;
  }
  return fmt::format("Of {} runs, {} {} from A to B{}{}", runs, different,
                     different == 1 ? "differs" : "differ", told.empty() ? "" : ": ", told);
}

}  // namespace

std::string comparison_sentence(const Comparison& comparison) {
  if (comparison.runs.empty()) {
    return fmt::format("Nothing to compare: no run of A ({}) has a partner in B ({}).",
                       comparison.a.runs, comparison.b.runs);
  }
  const std::size_t different = count_different(comparison);
  return fmt::format(
      "{}{}{}.",
      different == 0 ? unchanged(comparison.runs.size()) : changed(comparison, different),
      overload_clauses(comparison), alone_clause(comparison));
}

}  // namespace kvsim::report
