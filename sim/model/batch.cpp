#include "sim/model/batch.hpp"

#include <algorithm>

namespace kvsim::model {

void clear(BatchShape& batch, const std::vector<Span>& spans) {
  batch.decode_sequences = batch.prefill_tokens = batch.sampled_tokens = batch.padded_tokens = 0;
  batch.steps_alike = kForever;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    batch.spans[i] = {};
  }
}

void add_decode(BatchShape& batch, const std::vector<Span>& spans, std::int64_t context,
                std::int64_t sequences) {
  batch.decode_sequences += sequences;
  batch.sampled_tokens += sequences;
  const std::int64_t position = context - 1;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    batch.spans[i].decode_context += attended(spans[i], position) * sequences;
    batch.spans[i].decode_longest =
        std::max(batch.spans[i].decode_longest, attended(spans[i], position));
    batch.spans[i].decode_growing += grows(spans[i], position) ? sequences : 0;
    batch.steps_alike = std::min(batch.steps_alike, steps_alike(spans[i], position));
  }
}

void add_prefill(BatchShape& batch, const std::vector<Span>& spans, std::int64_t cached,
                 std::int64_t tokens) {
  batch.prefill_tokens += tokens;
  ++batch.sampled_tokens;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    batch.spans[i].prefill_context += attended_context(spans[i], cached, tokens);
    batch.spans[i].prefill_longest =
        std::max(batch.spans[i].prefill_longest, attended_context(spans[i], cached, tokens));
    batch.spans[i].prefill_pairs += attended_pairs(spans[i], cached, tokens);
  }
}

}  // namespace kvsim::model
