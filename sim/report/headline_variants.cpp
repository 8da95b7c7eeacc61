#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/headline_parts.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/verdict.hpp"

namespace kvsim::report {
namespace {

using spec::RunResult;

std::int64_t kv_tokens(const RunResult& run) {
  return run.memory.kv_cache_tokens * run.spec.cluster.replicas;
}

using Groups = std::vector<std::pair<std::string, std::vector<std::string>>>;

// Variants under what is said of them, both in the order of `runs`.
template <class Words>
Groups grouped(const RunList& runs, const Words& words) {
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

// "On 8 × h200-sxm, MLA holds 57.2×, GQA-8 12.1× the KV tokens of MHA (52 800)"
std::string capacity_clause(RunList runs) {
  const bool same = on_the_same_gpus(runs);
  std::erase_if(runs, [](const RunResult* run) { return !fits(run->memory); });
  if (!same || runs.size() < 2) {
    return {};
  }
  const auto largest = std::max_element(runs.begin(), runs.end(), [](auto* a, auto* b) {
    return a->memory.kv_bytes_per_token < b->memory.kv_bytes_per_token;
  });
  const RunResult* base = *largest;
  runs.erase(largest);
  std::stable_sort(runs.begin(), runs.end(),
                   [](auto* a, auto* b) { return kv_tokens(*a) > kv_tokens(*b); });
  std::vector<std::string> holds;
  for (const auto& [ratio, names] : grouped(runs, [&](const RunResult& run) {
         return format_ratio(static_cast<double>(kv_tokens(run)) /
                             static_cast<double>(kv_tokens(*base)));
       })) {
    const std::string verb = !holds.empty() ? "" : (names.size() > 1 ? "hold " : "holds ");
    holds.push_back(fmt::format("{} {}{}", join_words(names), verb, ratio));
  }
  return fmt::format("On {}, {} the KV tokens of {} ({})", gpus_text(base->spec),
                     fmt::join(holds, ", "), base->spec.variant, format_grouped(kv_tokens(*base)));
}

std::string with_details(const RunResult& run) {
  const std::string details = speed_words(run);
  return details.empty() ? run.spec.variant : fmt::format("{} ({})", run.spec.variant, details);
}

std::string outcomes_clause(const RunList& runs, bool details) {
  std::map<Outcome, std::vector<std::string>> names;
  bool limits = false;
  for (const RunResult* run : runs) {
    const Outcome outcome = outcome_of(*run);
    names[outcome].push_back(details ? with_details(*run) : run->spec.variant);
    limits = limits || has_limits(*run);
  }
  std::vector<std::string> clauses;
  clauses.reserve(names.size());
  for (const auto& [outcome, variants] : names) {
    clauses.push_back(fmt::format("{} {}", join_words(variants),
                                  outcome_words(outcome, limits, variants.size() > 1)));
  }
  return fmt::format("{}", fmt::join(clauses, "; "));
}

// The highest load up to which every tried one went well; none when the lowest already did not.
std::optional<Load> reach_of(const RunList& runs) {
  std::optional<Load> reach;
  for (const RunResult* run : by_load(runs)) {
    if (outcome_of(*run) != Outcome::Good) {
      break;
    }
    reach = load_of(run->spec);
  }
  return reach;
}

}  // namespace

bool on_the_same_gpus(const RunList& runs) {
  return std::all_of(runs.begin(), runs.end(), [&](const RunResult* run) {
    return gpus_text(run->spec) == gpus_text(runs.front()->spec);
  });
}

RunList by_load(RunList runs) {
  std::stable_sort(runs.begin(), runs.end(), [](const RunResult* a, const RunResult* b) {
    return load_of(a->spec)->value < load_of(b->spec)->value;
  });
  return runs;
}

std::string reach_clause(const RunList& runs) {
  std::vector<std::pair<std::string, RunList>> variants;
  std::set<std::pair<std::string, double>> points;
  bool limits = false;
  for (const RunResult* run : runs) {
    auto own = std::find_if(variants.begin(), variants.end(),
                            [&](const auto& v) { return v.first == run->spec.variant; });
    if (own == variants.end()) {
      own = variants.insert(own, {run->spec.variant, {}});
    }
    own->second.push_back(run);
    limits = limits || has_limits(*run);
    points.insert({run->spec.variant, load_of(run->spec)->value});
  }
  if (points.size() != runs.size()) {
    return {};
  }
  RunList firsts;
  firsts.reserve(variants.size());
  for (const auto& [name, own] : variants) {
    firsts.push_back(own.front());
  }
  const auto reach_words = [&](const RunResult& first) {
    const auto own = std::find_if(variants.begin(), variants.end(),
                                  [&](const auto& v) { return v.first == first.spec.variant; });
    const auto load = reach_of(own->second);
    return load ? load_text(*load) : std::string("none");
  };
  std::vector<std::string> reaches;
  for (const auto& [reach, names] : grouped(firsts, reach_words)) {
    reaches.push_back(fmt::format("{} for {}", reach, join_words(names)));
  }
  return fmt::format("of the loads tried, the highest {} is {}",
                     limits ? "within every limit" : "that stays stable", fmt::join(reaches, ", "));
}

std::string of_variants(const RunList& runs, const std::string& reach,
                        const std::string& condition) {
  std::vector<std::string> clauses;
  for (const std::string& clause : {capacity_clause(runs), reach}) {
    if (!clause.empty()) {
      clauses.push_back(clause);
    }
  }
  const std::string outcomes = outcomes_clause(runs, reach.empty());
  clauses.push_back(condition.empty() ? outcomes : fmt::format("at {}, {}", condition, outcomes));
  std::string sentence = fmt::format("{}.", fmt::join(clauses, "; "));
  const bool starts_with_a_name = clauses.size() == 1 && condition.empty();
  if (!starts_with_a_name) {
    sentence.front() =
        static_cast<char>(std::toupper(static_cast<unsigned char>(sentence.front())));
  }
  return sentence;
}

}  // namespace kvsim::report
