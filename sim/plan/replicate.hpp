// Error bars: a run simulated again and again, each time with prices and arrivals of its own.
//
//   base        cards as they are, the run's own seed: the number that is shown
//   replicate   every price off by a draw of its card's error (cost/price_spread.hpp), and another
//               seed of arrivals and lengths; a trace arrives as it is written
//   interval    percentiles of the replicates, type 7: (1 − confidence)/2 and the rest
//
// An interval says where one run of this length would land if the cards are off as far as they say
// of themselves. It does not cover what is no price: the form of the model, rules of the scheduler
// that differ, kernels that overlap.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "sim/spec/result.hpp"

namespace kvsim::plan {

struct ReplicateOptions {
  std::int64_t replicates = 0;
  double confidence = 0.9;
};

/// With fewer, not even one replicate lies outside on each side: 2/(1 − confidence).
/// Requires: 0 < confidence < 1 (checked).
[[nodiscard]] std::int64_t least_replicates(double confidence);

/// Replicate `index` of `run`, from 1 on. Depends on nothing but the run and the index.
[[nodiscard]] spec::RunSpec replicate_of(const spec::RunSpec& run, std::int64_t index);

/// What one replicate says; a result is much larger.
struct Outcome {
  std::vector<std::optional<double>> metrics;  ///< in the order of headline_metrics()
  double truncated_share = 0;                  ///< of busy time
  bool is_overloaded = false;
  std::int64_t completed = 0;
  std::int64_t computed_tokens = 0;
};
[[nodiscard]] Outcome outcome_of(const spec::RunResult& result);

/// Names as in result.json; where that nests a metric, as in the CSV.
[[nodiscard]] const std::vector<std::string>& headline_metrics();

/// Fills `base.intervals` and `base.replication`. A metric that the base or some replicate does not
/// have (TPOT of single tokens) gets none. Requires: least_replicates(confidence) (checked).
void add_intervals(spec::RunResult& base, const std::vector<Outcome>& replicates,
                   double confidence);

/// Simulates all of them, results in the order of the runs.
using SimulateMany = std::function<std::vector<spec::RunResult>(const std::vector<spec::RunSpec>&)>;
/// With `cards`, side by side on `jobs` threads (0: one per core), nobody watching.
[[nodiscard]] SimulateMany simulator(const std::vector<spec::CardSpec>& cards, int jobs = 0);

/// The base run with its intervals. Same run, same cards, same answer, for any number of jobs.
/// Requires: as add_intervals().
[[nodiscard]] spec::RunResult replicate(const spec::RunSpec& run, const ReplicateOptions& options,
                                        const SimulateMany& simulate_many);

}  // namespace kvsim::plan
