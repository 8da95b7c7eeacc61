// What a request costs when it is alone: the floor of its latencies.
#pragma once

#include "sim/cost/step_pricer.hpp"
#include "sim/spec/engine.hpp"

namespace kvsim::plan {

/// One prompt, chunk by chunk, nobody beside it. Requires: prompt > 0.
[[nodiscard]] double prefill_ms(const cost::StepPricer& pricer, const spec::EngineSpec& engine,
                                std::int64_t prompt);

/// A decode step of `sequences` sequences that attend to `context` tokens each.
[[nodiscard]] double decode_ms(const cost::StepPricer& pricer, const spec::EngineSpec& engine,
                               std::int64_t sequences, std::int64_t context);

}  // namespace kvsim::plan
