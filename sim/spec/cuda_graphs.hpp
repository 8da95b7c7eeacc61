// Rows that the kernels of a step really compute: batches are padded to the next captured size.
//
// CUDA graphs are captured for {1, 2, 4}, 8..248 by 8 and 256.. by 16 tokens, up to
// max_cudagraph_capture_size, or for the cudagraph_capture_sizes that are given; none of them is
// above max_num_batched_tokens (vLLM config/vllm.py, _set_cudagraph_sizes). With vLLM's
// cudagraph_mode, FULL_AND_PIECEWISE, a step with prefill in it replays the graphs between its
// attentions: it is padded like any other. Above the largest size, and with enforce_eager, nothing
// is padded.
//
// Not modelled: other modes; the launches that a step without graphs waits for.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/spec/engine.hpp"

namespace kvsim::spec {

/// Ascending. Requires: max_num_seqs and max_num_batched_tokens are given.
[[nodiscard]] std::vector<std::int64_t> capture_sizes(const EngineSpec& engine);

class BatchPadding {
 public:
  /// Requires: as above.
  explicit BatchPadding(const EngineSpec& engine);
  [[nodiscard]] std::int64_t rows(std::int64_t tokens) const {
    return tokens < static_cast<std::int64_t>(rows_.size())
               ? rows_[static_cast<std::size_t>(tokens)]
               : tokens;
  }

 private:
  std::vector<std::int64_t> rows_;  ///< by tokens, up to the largest size
};

}  // namespace kvsim::spec
