// What the batch of one step looks like to one replica.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/model/span.hpp"

namespace kvsim::model {

/// Different spans that one model may have: full, two of sparse attention, one of windows.
inline constexpr std::size_t kMaxSpans = 4;

/// Tokens within one span, summed over sequences.
struct SpanCounts {
  std::int64_t decode_context = 0;   ///< that decoding sequences attend to, themselves included
  std::int64_t decode_longest = 0;   ///< of one of them
  std::int64_t decode_growing = 0;   ///< sequences that attend to one more in the next step
  std::int64_t prefill_longest = 0;  ///< context of one chunk
  std::int64_t prefill_context = 0;  ///< that chunks of prefill attend to, cached and new
  std::int64_t prefill_pairs = 0;    ///< causal (query, key) pairs of the chunks
};

/// All counts in tokens or sequences.
struct BatchShape {
  std::int64_t decode_sequences = 0;  ///< sequences that compute one token
  std::int64_t prefill_tokens = 0;    ///< new tokens of chunks longer than one token
  std::int64_t sampled_tokens = 0;    ///< rows of lm_head: one per scheduled sequence
  std::int64_t padded_tokens = 0;     ///< rows of every other matrix product, CUDA-graph padding in
  std::array<SpanCounts, kMaxSpans> spans;  ///< in the order of StepGraph::spans
  /// Steps, this one included, in which decode_growing stays what it is.
  std::int64_t steps_alike = kForever;
};

/// Makes it empty; counts of spans that the model does not have stay as they are.
void clear(BatchShape& batch, const std::vector<Span>& spans);

/// Adds `sequences` sequences that each compute one token and attend to `context` tokens, that one
/// included. sampled_tokens grows along; padded_tokens is the caller's.
void add_decode(BatchShape& batch, const std::vector<Span>& spans, std::int64_t context,
                std::int64_t sequences = 1);

/// Adds a chunk of `tokens` new tokens after `cached` stored ones. Requires: tokens > 0.
void add_prefill(BatchShape& batch, const std::vector<Span>& spans, std::int64_t cached,
                 std::int64_t tokens);

}  // namespace kvsim::model
