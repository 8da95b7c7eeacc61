// What sets variants apart besides memory: latencies where all of them are stable, and the batch
// from which on a step computes longer than it reads.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/headline_parts.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/verdict.hpp"

namespace kvsim::report {
namespace {

using spec::RunResult;

constexpr double kAlike = 1.02;  // largest over smallest: less is not worth a clause

struct Latency {
  std::string name;
  double (*of)(const RunResult& run);
};

const std::array<Latency, 2> kLatencies = {
    {{"p99 TTFT", [](const RunResult& run) { return run.metrics.ttft.p99; }},
     {"p99 TPOT", [](const RunResult& run) { return run.metrics.tpot.p99; }}}};

// Largest over smallest; 0 where some run has none.
double ratio_of(const RunList& runs, const Latency& latency) {
  const auto [least, most] = std::minmax_element(
      runs.begin(), runs.end(),
      [&](const auto* a, const auto* b) { return latency.of(*a) < latency.of(*b); });
  return latency.of(**least) > 0 ? latency.of(**most) / latency.of(**least) : 0;
}

bool is_comparable(const RunList& runs, std::size_t variants) {
  std::set<std::string> names;
  for (const RunResult* run : runs) {
    names.insert(run->spec.variant);
  }
  return names.size() == variants && runs.size() == variants &&
         std::all_of(runs.begin(), runs.end(), has_settled);
}

std::optional<std::int64_t> bound_batch(const RunResult& run) {
  if (!run.step_profile || !run.step_profile->compute_bound_batch ||
      !run.spec.engine.max_num_seqs ||
      *run.step_profile->compute_bound_batch > *run.spec.engine.max_num_seqs) {
    return std::nullopt;
  }
  return run.step_profile->compute_bound_batch;
}

}  // namespace

bool has_settled(const RunResult* run) { return outcome_of(*run) <= Outcome::MissesLimits; }

Groups grouped(const RunList& runs, const std::function<std::string(const RunResult&)>& words) {
  Groups groups;
  for (const RunResult* run : runs) {
    const std::string said = words(*run);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& each) { return each.first == said; });
    if (group == groups.end()) {
      group = groups.insert(group, {said, {}});
    }
    group->second.push_back(run->spec.variant);
  }
  return groups;
}

std::string for_each_group(const Groups& groups) {
  std::vector<std::string> words;
  bool several = false;
  for (const auto& [said, names] : groups) {
    words.push_back(fmt::format("{} for {}", said, join_words(names)));
    several = several || names.size() > 1;
  }
  return several ? fmt::format("{}", fmt::join(words, ", ")) : join_words(words);
}

RunList at_highest_stable_load(const RunList& runs, std::size_t variants) {
  const RunList rising = by_load(runs);
  for (auto last = rising.rbegin(); last != rising.rend();) {
    const double load = load_of((*last)->spec)->value;
    const auto below = std::find_if(last, rising.rend(), [&](const RunResult* run) {
      return load_of(run->spec)->value != load;
    });
    RunList at(below.base(), last.base());
    if (is_comparable(at, variants)) {
      return at;
    }
    last = below;
  }
  return {};
}

std::string latency_clause(const RunList& runs, bool tpot_is_told) {
  if (runs.size() < 2 || !std::all_of(runs.begin(), runs.end(), has_settled)) {
    return {};
  }
  const auto& latency = *std::max_element(
      kLatencies.begin(), kLatencies.end(),
      [&](const auto& a, const auto& b) { return ratio_of(runs, a) < ratio_of(runs, b); });
  if (ratio_of(runs, latency) < kAlike || (tpot_is_told && &latency == &kLatencies.back())) {
    return {};
  }
  return fmt::format("{} is {}", latency.name,
                     for_each_group(grouped(
                         runs, [&](const RunResult& run) { return format_ms(latency.of(run)); })));
}

std::string step_clause(const RunList& runs) {
  RunList bound;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(bound),
               [](const RunResult* run) { return bound_batch(*run).has_value(); });
  if (bound.empty()) {
    return {};
  }
  const Groups groups =
      grouped(bound, [](const RunResult& run) { return format_grouped(*bound_batch(run)); });
  const bool is_of_all = bound.size() == runs.size() && groups.size() == 1;
  return "; a decode step turns compute-bound at batch " +
         (is_of_all ? groups.front().first : for_each_group(groups));
}

}  // namespace kvsim::report
