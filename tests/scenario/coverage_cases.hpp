// Sequences whose mean and percentiles are known, and what kvsim says of them from a short run.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/plan/dependent_sample.hpp"
#include "sim/plan/trial.hpp"

namespace kvsim::test {

/// A number that is known. Times in ms.
struct Truth {
  std::string name;
  double value = 0;
};

struct CoverageCase {
  std::string name;
  std::vector<Truth> truths;
  std::vector<std::int64_t> lengths;  ///< values, or requests
  /// Where intervals have to hold what they say; shorter ones may fall a little short.
  std::int64_t holds_from = 0;
  /// One for each truth, from an experiment of its own per seed.
  std::function<std::vector<plan::Estimate>(std::uint64_t seed, std::int64_t length)> intervals;
};

/// Makes one; a truth may take a long run.
using CaseMaker = std::function<CoverageCase()>;
[[nodiscard]] const std::vector<CaseMaker>& coverage_cases();

/// Whether runs are among them for which a test has no time: KVSIM_COVERAGE_LONG is set.
[[nodiscard]] bool coverage_is_long();

/// A limit so many times as high as the truth, tried as the planner would.
struct DecisionCase {
  std::string name;
  spec::RunSpec run;
  std::vector<spec::CardSpec> cards;
  Duration truth;                                     ///< of the only limit
  std::function<void(spec::SloSpec&, Duration)> set;  ///< the limit
};
[[nodiscard]] std::vector<DecisionCase> decision_cases();

/// Arrivals of AR(1): x' = 0.9·x + noise, normal, mean 100 and standard deviation 10.
[[nodiscard]] std::vector<double> autoregression(std::uint64_t seed, std::int64_t length);

/// Percentile of the stay in M/D/1, in services: what was waited, and one more.
[[nodiscard]] double m_d_1_stay(double load, double percent);

}  // namespace kvsim::test
