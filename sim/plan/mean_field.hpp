// What a closed loop's time per output token would be if every step were the mean one: the estimate
// without a simulation that one has to beat (PHYSICS 3.10; in the field: aiconfigurator).
//
//   tpot = decode(n = c, context = prompt + output/2) + (c − 1)/output · prefill(prompt)
//
// A client's tokens wait for the prompts of the other c − 1 clients, one each in the time of one
// output. Lengths are means; the host is in both terms, as it is in the simulator's steps.
#pragma once

#include <optional>

#include "sim/spec/card.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::plan {

/// Milliseconds; nothing for runs that are no closed loop of generated lengths, or of which a step
/// cannot be priced (fewer than 2 output tokens).
[[nodiscard]] std::optional<double> mean_field_tpot_ms(const spec::RunSpec& run,
                                                       const std::vector<spec::CardSpec>& cards);

}  // namespace kvsim::plan
