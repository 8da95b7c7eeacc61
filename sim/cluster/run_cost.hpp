// What a run costs in money and energy. Decision 0015 has the conventions.
//
//   GPU-hours   GPUs · duration                    idle or not: who rents a GPU pays for the night
//   too bill        GPU-hours · price input       bill · prompt_time / busy time     over prompt
//   tokens that were computed answers     bill · the rest                    over output tokens
//   energy      TDP · busy GPU time + idle_power · idle GPU time
//
// A step that computes prompts and answers together is shared out token by token. Idle time follows
// the same shares as busy time. Tokens found in the prefix cache took no time, and the blocks that
// kept them give way to anybody, so they cost nothing; what they would have cost is told apart.
//
// Not modelled: power that depends on what a GPU does while it works, clocks, hosts, switches,
// cooling. Busy time at TDP is an upper estimate of a GPU's own energy.
#pragma once

#include <vector>

#include "sim/spec/result.hpp"

namespace kvsim::cluster {

/// Of replicas that are alike. Requires: time_in complete.
[[nodiscard]] spec::CostReport cost_report(const spec::RunSpec& run,
                                           const spec::RunMetrics& metrics);
/// Of all pools together. Requires: `run` has them, `metrics` are of all of them.
[[nodiscard]] spec::CostReport cost_report(const spec::RunSpec& run,
                                           const spec::RunMetrics& metrics,
                                           const std::vector<spec::PoolResult>& pools);

}  // namespace kvsim::cluster
