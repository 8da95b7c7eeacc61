// A step in round figures: sequences alike, and one chunk of one prompt.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/model/batch.hpp"
#include "sim/spec/cuda_graphs.hpp"

namespace kvsim::plan {

/// All counts in tokens or sequences.
struct StepShape {
  std::int64_t sequences = 0;       ///< that decode
  std::int64_t context = 1;         ///< that each of them attends to, its new token included
  std::int64_t prefill_tokens = 0;  ///< of the chunk
  std::int64_t cached_tokens = 0;   ///< of its prompt, stored before
};

/// The batch of such a step, padded as the engine pads it. Requires: `spans` are the pricer's.
[[nodiscard]] model::BatchShape batch_of(const StepShape& step,
                                         const std::vector<model::Span>& spans,
                                         const spec::BatchPadding& padding);

}  // namespace kvsim::plan
