#include "sim/report/headline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/base/check.hpp"
#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/headline_parts.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/ranges.hpp"
#include "sim/report/slo.hpp"
#include "sim/report/verdict.hpp"

namespace kvsim::report {
namespace {

using spec::RunResult;

bool loads_compare(const RunList& runs) {
  return std::all_of(runs.begin(), runs.end(), [&](const RunResult* run) {
    const auto load = load_of(run->spec);
    const auto first = load_of(runs.front()->spec);
    return load && first && load->clients == first->clients;
  });
}

bool has_one_run_per_variant(const RunList& runs, std::size_t variants) {
  std::set<std::string> names;
  for (const RunResult* run : runs) {
    names.insert(run->spec.variant);
  }
  return names.size() == variants && runs.size() == variants;
}

RunList at_highest_load(const RunList& runs) {
  const double highest = load_of(by_load(runs).back()->spec)->value;
  RunList at;
  std::copy_if(runs.begin(), runs.end(), std::back_inserter(at),
               [&](const RunResult* run) { return load_of(run->spec)->value == highest; });
  return at;
}

// ---- one run --------------------------------------------------------------------------------

std::string refused_words(const RunResult& run) {
  return run.metrics.refused == 0
             ? std::string()
             : fmt::format("; {} requests were refused", format_grouped(run.metrics.refused));
}

// "203.2 ms (194.8 ms to 260.9 ms)"
std::string ms_words(const RunResult& run, double ms, std::string_view metric) {
  const std::optional<Range> range = range_of(run, metric);
  return range ? fmt::format("{} ({} to {})", format_ms(ms), format_ms(range->low),
                             format_ms(range->high))
               : format_ms(ms);
}

std::string latency_words(const RunResult& run) {
  const spec::RunMetrics& m = run.metrics;
  const std::string ttft = fmt::format("p99 TTFT {}", ms_words(run, m.ttft.p99, "p99_ttft_ms"));
  return m.tpot.count == 0
             ? ttft
             : fmt::format("{}, p99 TPOT {}", ttft, ms_words(run, m.tpot.p99, "p99_tpot_ms"));
}

std::string limits_clause(const RunResult& run) {
  if (!has_limits(run)) {
    return {};
  }
  return all_limits_met({run}) ? "; every limit is met"
                               : fmt::format("; limits are missed ({})", missed_limits(run));
}

std::string of_one_run(const RunResult& run) {
  const spec::RunMetrics& m = run.metrics;
  const std::string subject = fmt::format("{} on {}", run.spec.model.name, gpus_text(run.spec));
  const Outcome outcome = outcome_of(run);
  if (outcome == Outcome::DoesNotFit || outcome == Outcome::NothingFinished) {
    return fmt::format("{} {}{}.", subject, outcome_words(outcome, false, false),
                       refused_words(run));
  }
  const auto load = load_of(run.spec);
  const std::string offered = load ? " at " + load_text(*load) : "";
  const std::string work =
      fmt::format("{} requests/s and {} output tok/s per GPU", format_number(m.request_throughput),
                  format_number(per_gpu(m.output_throughput, run.spec)));
  const std::string bound =
      fmt::format("the largest part of busy time goes to {}", largest_time_part(run));
  if (outcome == Outcome::Overloaded) {
    return fmt::format(
        "{} is overloaded{}: it finishes {}, the queue grows as long as {}, so its latencies say "
        "nothing about a steady state; {}{}{}.",
        subject, offered, work,
        run.spec.workload.conversation ? "conversations begin" : "requests arrive", bound,
        refused_words(run), step_clause({&run}));
  }
  return fmt::format("{} {}{}: {}, {}, KV usage at most {}; {}{}{}{}.", subject,
                     outcome == Outcome::Backlogged
                         ? "is backlogged (the queue empties only after the last arrival)"
                         : "is stable",
                     offered, work, latency_words(run), format_percent(m.kv_cache_usage_max), bound,
                     limits_clause(run), refused_words(run), step_clause({&run}));
}

// ---- one variant, many loads ----------------------------------------------------------------

std::string why_not(const RunResult& run) {
  const Outcome outcome = outcome_of(run);
  return outcome == Outcome::MissesLimits ? fmt::format("misses limits ({})", missed_limits(run))
                                          : outcome_words(outcome, false, false);
}

std::string of_load_sweep(const RunList& unsorted) {
  const RunList runs = by_load(unsorted);
  const auto good = [](const RunResult* run) { return outcome_of(*run) == Outcome::Good; };
  const auto first_bad = std::find_if_not(runs.begin(), runs.end(), good);
  const std::string subject =
      fmt::format("{} on {}", runs[0]->spec.model.name, gpus_text(runs[0]->spec));
  const auto load = [](const RunResult& run) { return load_text(*load_of(run.spec)); };
  const std::string holds = outcome_words(Outcome::Good, has_limits(*runs[0]), false);
  if (first_bad == runs.begin()) {
    const auto any = std::count_if(runs.begin(), runs.end(), good);
    const std::string lowest = load(*runs.front());
    return any > 0 ? fmt::format("{} {} at {} of {} loads but not at the lowest, {}, where it {}.",
                                 subject, holds, any, runs.size(), lowest, why_not(*runs[0]))
                   : fmt::format(
                         "{} {} at none of the {} loads that were tried; at the lowest, "
                         "{}, it {}.",
                         subject, holds, runs.size(), lowest, why_not(*runs[0]));
  }
  const RunResult& best = **(first_bad - 1);
  const std::string reached = fmt::format(
      "{} {} up to {} ({}, {} output tok/s per GPU)", subject, holds, load(best),
      latency_words(best), format_number(per_gpu(best.metrics.output_throughput, best.spec)));
  const std::string step = step_clause({&best});
  return first_bad == runs.end() ? fmt::format("{}, the highest of {} loads that were tried{}.",
                                               reached, runs.size(), step)
                                 : fmt::format("{}; at {} it {}{}.", reached, load(**first_bad),
                                               why_not(**first_bad), step);
}

// ---- anything else --------------------------------------------------------------------------

std::string of_many_runs(const StudyResults& results) {
  const auto labels = run_labels(results.runs);
  std::map<Outcome, std::size_t> counts;
  const RunResult* best = nullptr;
  std::string best_label;
  for (std::size_t i = 0; i < results.runs.size(); ++i) {
    const RunResult& run = results.runs[i];
    ++counts[outcome_of(run)];
    const auto speed = [](const RunResult& r) {
      return per_gpu(r.metrics.output_throughput, r.spec);
    };
    if (outcome_of(run) == Outcome::Good && (best == nullptr || speed(run) > speed(*best))) {
      best = &run;
      best_label = labels[i];
    }
  }
  const bool limits = std::any_of(results.runs.begin(), results.runs.end(), has_limits);
  std::vector<std::string> clauses;
  clauses.reserve(counts.size());
  for (const auto& [outcome, count] : counts) {
    clauses.push_back(fmt::format("{} {}", count, outcome_words(outcome, limits, count > 1)));
  }
  const std::string summary =
      fmt::format("Of {} runs, {}", results.runs.size(), join_words(clauses));
  return best == nullptr
             ? summary + '.'
             : fmt::format("{}; the most output per GPU among {} comes from {} ({}){}.", summary,
                           limits ? "those within every limit" : "the stable ones", best_label,
                           speed_words(*best), step_clause({best}));
}

std::string answer(const StudyResults& results) {
  if (results.runs.size() == 1) {
    return of_one_run(results.runs.front());
  }
  RunList runs;
  runs.reserve(results.runs.size());
  for (const RunResult& run : results.runs) {
    runs.push_back(&run);
  }
  const std::size_t variants = variant_names(results.runs).size();
  const bool loads = loads_compare(runs);
  const RunList highest = loads ? at_highest_load(runs) : RunList();
  if (variants == 1 && highest.size() == 1) {
    return on_the_same_gpus(runs) ? of_load_sweep(runs) : of_many_runs(results);
  }
  if (variants > 1 && has_one_run_per_variant(highest, variants)) {
    const std::string load = load_text(*load_of(highest.front()->spec));
    return highest.size() == runs.size() ? of_variants(highest, highest, load)
                                         : of_variants(highest, runs, load + ", the highest load");
  }
  return variants > 1 && has_one_run_per_variant(runs, variants) ? of_variants(runs, runs, "")
                                                                 : of_many_runs(results);
}

}  // namespace

std::string headline(const StudyResults& results) {
  KVSIM_CHECK(!results.runs.empty(), "a headline needs at least one run");
  return answer(results) + prefix_sentence(results);
}

}  // namespace kvsim::report
