// Hand-made results, with round numbers that can be checked by eye.
#pragma once

#include <string>

#include "sim/report/study_results.hpp"

namespace kvsim::report::sample {

/// llama-3.1-8b on one H100 at 4 requests/s: stable, every limit met. Time: 100 s, of which
/// 40 weights, 10 kv, 5 compute, 0 collective, 5 host, 40 idle.
[[nodiscard]] spec::RunResult run();

/// MLA, GQA-8, MQA and MHA on 8 × h200-sxm at one rate each, in this order. MLA and GQA-8 stay
/// within the limits, MQA misses the TPOT limit, MHA is overloaded.
[[nodiscard]] StudyResults four_variants();

/// The same single variant at 1, 2, 4 and 8 requests/s; the last one is overloaded.
[[nodiscard]] StudyResults rate_sweep();

[[nodiscard]] StudyResults single(spec::RunResult run);
[[nodiscard]] Duration seconds(double value);

}  // namespace kvsim::report::sample
