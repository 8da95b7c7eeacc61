// Where the time of a run's decode steps goes, against batch and context: what the cards say,
// beside what the run did.
//
// The typical step, by Little's law over the time in which GPUs are busy (idle time would make
// every calm run look like one of batch 1), and by the mean request:
//
//   batch   = completed · mean(e2el − queue) / (replicas · duration − idle)   at most max_num_seqs
//   context = mean prompt + mean output / 2                                   at most max_model_len
//
// both rounded, at least 1. Sequences that prefill, or wait after a preemption, count as running;
// requests of long outputs count no more than others although they decode for longer. Operators are
// those of this one step.
//
// The other points are prices, not plans: whether the KV cache would hold such a batch is not
// asked.
#pragma once

#include <vector>

#include "sim/spec/card.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::plan {

/// As the cards say, without a draw. All batches up to max_num_seqs are priced: up to 1024, 12 M
/// instructions for Llama-3.1-8B, 37 M for DeepSeek-V3 on 8 GPUs, 1 to 4 ms.
/// Requires: the run's model fits (RunResult::memory).
[[nodiscard]] spec::StepProfile step_profile(const spec::RunResult& result,
                                             const std::vector<spec::CardSpec>& cards);

}  // namespace kvsim::plan
