#include "sim/plan/step_shape.hpp"

namespace kvsim::plan {

model::BatchShape batch_of(const StepShape& step, const std::vector<model::Span>& spans,
                           const spec::BatchPadding& padding) {
  model::BatchShape batch;
  if (step.sequences > 0) {
    model::add_decode(batch, spans, step.context, step.sequences);
  }
  if (step.prefill_tokens > 0) {
    model::add_prefill(batch, spans, step.cached_tokens, step.prefill_tokens);
  }
  batch.padded_tokens = padding.rows(step.sequences + step.prefill_tokens);
  return batch;
}

}  // namespace kvsim::plan
