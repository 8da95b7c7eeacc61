// What no simulation can beat: reasons to leave a layout out unseen.
//
//   memory     the weights, activations and one sequence do not fit (memory/hbm_budget.hpp)
//   latency    a limit lies below what a request takes alone: TPOT below a decode step of one
//              sequence, TTFT's percentile below the prefill of that percentile of the prompts
//   replicas   a replica spends at least `seconds_per_request` on a request of mean length, so it
//              takes request_rate · seconds_per_request of them to keep up (Little's law)
//
//   seconds_per_request = max(FLOPs / peak rate, bytes / peak bandwidth), on one GPU, where
//   FLOPs    of its prompt in chunks of a full budget and of its output tokens
//   bytes    of its output tokens: KV of the mean context, and its share of the weights when
//            max_num_seqs sequences, or as many as the KV cache holds, run in each step
//
// Steps are never faster than their bytes and FLOPs over the GPU's peaks, and a larger batch only
// shares the weights among more, so the last two hold for any schedule. FLOPs of prompts are left
// out where a prefix may be found in a cache.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/plan/demand.hpp"
#include "sim/spec/card.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::plan {

struct LayoutBound {
  std::string rule;    ///< "memory", "parallelism", "TPOT floor", "TTFT floor"; empty: none applies
  std::string reason;  ///< a sentence; empty: some number of replicas may do
  double seconds_per_request = 0;
  std::string bound_by;  ///< "HBM bandwidth" or "compute": the larger of the two
};

/// Requires: `run`'s engine is resolved; `demand` is its workload's.
[[nodiscard]] LayoutBound layout_bound(const spec::RunSpec& run,
                                       const std::vector<spec::CardSpec>& cards,
                                       const Demand& demand);

/// Fewest replicas that can keep up with `demand` at `load` times its rate; at least 1.
[[nodiscard]] std::int64_t least_replicas(const LayoutBound& bound, const Demand& demand,
                                          double load = 1);

}  // namespace kvsim::plan
