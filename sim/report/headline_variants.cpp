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

bool of_one_memory(const RunList& runs) {
  return on_the_same_gpus(runs) && std::all_of(runs.begin(), runs.end(), [&](const RunResult* run) {
           return fits(run->memory) && kv_cache_tokens(*run) == kv_cache_tokens(*runs.front());
         });
}

// "On 8 × h200-sxm, MLA holds 57.2×, GQA-8 12.1× the KV tokens of MHA (52 800)"
std::string capacity_clause(RunList runs) {
  const bool same = on_the_same_gpus(runs);
  std::erase_if(runs, [](const RunResult* run) { return !fits(run->memory); });
  if (!same || runs.size() < 2 || of_one_memory(runs)) {
    return {};
  }
  const RunResult* base = *std::max_element(runs.begin(), runs.end(), [](auto* a, auto* b) {
    return a->memory.kv_bytes_per_token < b->memory.kv_bytes_per_token;
  });
  std::vector<std::string> bases;
  std::erase_if(runs, [&](const RunResult* run) {
    const bool is_base = kv_cache_tokens(*run) == kv_cache_tokens(*base);
    if (is_base) {
      bases.push_back(run->spec.variant);
    }
    return is_base;
  });
  std::stable_sort(runs.begin(), runs.end(),
                   [](auto* a, auto* b) { return kv_cache_tokens(*a) > kv_cache_tokens(*b); });
  std::vector<std::string> holds;
  for (const auto& [ratio, names] : grouped(runs, [&](const RunResult& run) {
         return format_ratio(static_cast<double>(kv_cache_tokens(run)) /
                             static_cast<double>(kv_cache_tokens(*base)));
       })) {
    const std::string verb = !holds.empty() ? "" : (names.size() > 1 ? "hold " : "holds ");
    holds.push_back(fmt::format("{} {}{}", join_words(names), verb, ratio));
  }
  return fmt::format("On {}, {} the KV tokens of {} ({}{})", gpus_text(base->spec),
                     fmt::join(holds, ", "), join_words(bases),
                     format_grouped(kv_cache_tokens(*base)), bases.size() > 1 ? " each" : "");
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

namespace {

std::vector<std::string> told(const std::vector<std::string>& clauses) {
  std::vector<std::string> some;
  std::copy_if(clauses.begin(), clauses.end(), std::back_inserter(some),
               [](const std::string& clause) { return !clause.empty(); });
  return some;
}

// Latencies at a lower load than that of the outcomes, where these are not those of stable runs.
std::string latencies_below(const RunList& runs, const RunList& all) {
  const RunList stable = at_highest_stable_load(all, runs.size());
  const std::string latencies = latency_clause(stable, false);
  return latencies.empty() ? latencies
                           : fmt::format("at {}, the highest at which all are stable, {}",
                                         load_text(*load_of(stable.front()->spec)), latencies);
}

}  // namespace

std::string of_variants(const RunList& runs, const RunList& all, const std::string& condition) {
  const bool swept = all.size() > runs.size();
  const std::string reach = swept ? reach_clause(all) : std::string();
  const bool contrast = of_one_memory(runs);
  const std::string here = contrast ? latency_clause(runs, reach.empty()) : std::string();
  const std::string below = contrast && here.empty() && !reach.empty() &&
                                    !std::all_of(runs.begin(), runs.end(), has_settled)
                                ? latencies_below(runs, all)
                                : std::string();
  const std::string outcomes =
      fmt::format("{}", fmt::join(told({here, outcomes_clause(runs, reach.empty())}), "; "));
  const std::vector<std::string> clauses =
      told({capacity_clause(runs), reach, below,
            condition.empty() ? outcomes : fmt::format("at {}, {}", condition, outcomes)});
  std::string sentence = fmt::format("{}{}.", fmt::join(clauses, "; "), step_clause(runs));
  const bool starts_with_a_name = clauses.size() == 1 && condition.empty() && here.empty();
  if (!starts_with_a_name) {
    sentence.front() =
        static_cast<char>(std::toupper(static_cast<unsigned char>(sentence.front())));
  }
  return sentence;
}

}  // namespace kvsim::report
