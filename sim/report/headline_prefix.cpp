// What the prefix cache was worth: how much of the prompts each run found, and its TTFT.
#include <fmt/format.h>

#include <algorithm>

#include "sim/report/cells.hpp"
#include "sim/report/headline_parts.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/latency_word.hpp"

namespace kvsim::report {
namespace {

constexpr std::size_t kMostRunsInWords = 6;  // that a sentence can carry

std::string found_words(const spec::RunResult& run, const std::string& label) {
  const std::string word = latency_word(run).empty() ? "" : fmt::format(", {}", latency_word(run));
  const std::string ttft =
      run.metrics.ttft.count == 0
          ? std::string()
          : fmt::format(" (mean TTFT {}{})", format_ms(run.metrics.ttft.mean), word);
  return run.prefix_curve ? fmt::format("{:.1f} %{}{}", 100 * run.metrics.prefix_cache_hit_rate,
                                        label.empty() ? "" : " on " + label, ttft)
                          : fmt::format("none on {}{}", label, ttft);
}

}  // namespace

// Best first; runs without a cache stand for what it is worth.
std::string prefix_sentence(const StudyResults& results) {
  const std::vector<std::string> labels = run_labels(results.runs);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < results.runs.size(); ++i) {
    order.push_back(i);
  }
  const auto found = [&](std::size_t i) { return results.runs[i].metrics.prefix_cache_hit_rate; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return found(a) > found(b); });
  if (!results.runs[order.front()].prefix_curve || order.size() > kMostRunsInWords) {
    return {};
  }
  std::vector<std::string> clauses;
  clauses.reserve(order.size());
  for (const std::size_t i : order) {
    clauses.push_back(
        found_words(results.runs[i], results.runs.size() == 1 ? std::string() : labels[i]));
  }
  return fmt::format(" Of all prompt tokens the prefix cache held {}; {:.1f} % with room for all.",
                     join_words(clauses),
                     100 * results.runs[order.front()].prefix_curve->ideal_hit_rate);
}

}  // namespace kvsim::report
