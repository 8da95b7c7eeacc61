// What one replica did, in integers.
#pragma once

#include <array>

#include "sim/base/statistics.hpp"
#include "sim/cost/step_pricer.hpp"
#include "sim/engine/usage_clock.hpp"
#include "sim/engine/usage_series.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::engine {

struct Ledger {
  explicit Ledger(std::int64_t usable_blocks) : usage(usable_blocks) {}

  std::array<Int128, spec::kTimeBucketNames.size()> time_in{};             ///< attoseconds
  std::array<Int128, spec::kProvenanceNames.size()> time_by_provenance{};  ///< attoseconds
  std::array<Int128, cost::kMaxCards> time_by_card{};                      ///< attoseconds
  Int128 prompt_time = 0;     ///< attoseconds; RunMetrics::prompt_time
  Int128 time_truncated = 0;  ///< attoseconds
  Int128 weight_bytes = 0;    ///< read by one GPU
  Int128 kv_bytes = 0;        ///< read by one GPU
  std::int64_t steps = 0;
  std::int64_t computed_tokens = 0;
  std::int64_t preemptions = 0;
  std::int64_t with_content = 0;         ///< requests first scheduled of which it is known
  std::int64_t prefix_queries = 0;       ///< tokens of requests when they are first scheduled
  std::int64_t prefix_query_blocks = 0;  ///< the same in blocks, begun ones too
  std::int64_t prefix_hit_blocks = 0;
  std::int64_t prefix_hits = 0;  ///< of those, tokens found in the prefix cache
  std::int64_t max_running = 0;
  DurationHistogram itl;
  UsageClock usage;
  UsageSeries series;

  /// Books the first step of `cost`.
  void add_step(const cost::StepCost& cost);
  /// Books `count` steps of `cost` in closed form: those at k1, k2, ... behind the first, whose sum
  /// is `positions`.
  void add_steps(const cost::StepCost& cost, std::int64_t count, Int128 positions);
  /// The same for a part of a step: counts no steps.
  void add_part(const cost::StepCost& cost, std::int64_t count, Int128 positions);
  void add_share(const cost::OperatorShare& share, std::int64_t count, Int128 positions);
  /// Books what a step's prompts took: `time` in attoseconds, shared by the tokens of prompts and
  /// those of answers. Requires: prompt_tokens > 0.
  void add_prompts(Int128 time, std::int64_t prompt_tokens, std::int64_t answer_tokens);
  void merge(const Ledger& other);
};

}  // namespace kvsim::engine
