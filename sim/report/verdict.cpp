#include "sim/report/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/units.hpp"
#include "sim/report/cells.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/labels.hpp"
#include "sim/report/slo.hpp"

namespace kvsim::report {
namespace {

constexpr std::array<std::string_view, 5> kBusyWords = {
    "reading weights", "reading the KV cache", "computing", "talk between GPUs", "the host"};

}  // namespace

Outcome outcome_of(const spec::RunResult& run) {
  if (!fits(run.memory)) {
    return Outcome::DoesNotFit;
  }
  if (run.metrics.completed == 0) {
    return Outcome::NothingFinished;
  }
  if (run.metrics.stability == spec::Stability::Overloaded) {
    return Outcome::Overloaded;
  }
  if (run.metrics.stability == spec::Stability::Backlogged) {
    return Outcome::Backlogged;
  }
  return all_limits_met({run}) ? Outcome::Good : Outcome::MissesLimits;
}

bool has_limits(const spec::RunResult& run) { return !check_limits(run).empty(); }

std::string outcome_words(Outcome outcome, bool limits, bool several) {
  const std::string is = several ? "are" : "is";
  switch (outcome) {
    case Outcome::Good: {
      const std::string_view within =
          several ? "stay within every limit" : "stays within every limit";
      return limits ? std::string(within) : is + " stable";
    }
    case Outcome::MissesLimits:
      return is + (several ? " stable but miss limits" : " stable but misses limits");
    case Outcome::Backlogged:
      return is + " backlogged";
    case Outcome::Overloaded:
      return is + " overloaded";
    case Outcome::NothingFinished:
      return several ? "do not finish a single request" : "does not finish a single request";
    case Outcome::DoesNotFit:
      return several ? "do not fit into HBM" : "does not fit into HBM";
  }
  return {};
}

std::string missed_limits(const spec::RunResult& run) {
  std::vector<std::string> missed;
  for (const LimitCheck& check : check_limits(run)) {
    if (!check.met) {
      const std::string limit = format_ms(check.limit_ms);
      const std::string value = format_ms(check.value_ms);
      missed.push_back(fmt::format("{} {}, limit {}", limit_name(check),
                                   value == limit ? "just above" : value, limit));
    }
  }
  return fmt::format("{}", fmt::join(missed, "; "));
}

std::string largest_time_part(const spec::RunResult& run) {
  const auto& times = run.metrics.time_in;
  const auto busy_end = times.begin() + static_cast<std::ptrdiff_t>(kBusyWords.size());
  const auto largest = std::max_element(times.begin(), busy_end);
  return fmt::format("{} ({})", kBusyWords.at(static_cast<std::size_t>(largest - times.begin())),
                     format_percent(share(*largest, busy_time(run.metrics))));
}

std::string speed_words(const spec::RunResult& run) {
  const Outcome outcome = outcome_of(run);
  std::vector<std::string> words;
  if (outcome == Outcome::MissesLimits) {
    words.push_back(missed_limits(run));
  } else if (outcome < Outcome::Overloaded && run.metrics.tpot.count > 0) {
    words.push_back("p99 TPOT " + format_ms(run.metrics.tpot.p99));
  }
  if (outcome <= Outcome::Overloaded) {
    words.push_back(fmt::format("{} output tok/s per GPU",
                                format_number(per_gpu(run.metrics.output_throughput, run.spec))));
  }
  if (run.metrics.refused > 0) {
    words.push_back(fmt::format("{} refused", format_grouped(run.metrics.refused)));
  }
  return fmt::format("{}", fmt::join(words, "; "));
}

}  // namespace kvsim::report
