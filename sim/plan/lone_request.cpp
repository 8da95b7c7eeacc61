#include "sim/plan/lone_request.hpp"

#include <algorithm>

#include "sim/plan/step_shape.hpp"

namespace kvsim::plan {
namespace {

double step_ms(const cost::StepPricer& pricer, const spec::EngineSpec& engine,
               const StepShape& step) {
  const model::BatchShape batch = batch_of(step, pricer.graph().spans, spec::BatchPadding(engine));
  return to_milliseconds(Duration(pricer.price(batch).time.first));
}

}  // namespace

double prefill_ms(const cost::StepPricer& pricer, const spec::EngineSpec& engine,
                  std::int64_t prompt) {
  double sum = 0;
  for (std::int64_t cached = 0; cached < prompt;) {
    const std::int64_t tokens = std::min(prompt - cached, *engine.max_num_batched_tokens);
    sum += step_ms(pricer, engine, {.prefill_tokens = tokens, .cached_tokens = cached});
    cached += tokens;
  }
  return sum;
}

double decode_ms(const cost::StepPricer& pricer, const spec::EngineSpec& engine,
                 std::int64_t sequences, std::int64_t context) {
  return step_ms(pricer, engine, {.sequences = sequences, .context = context});
}

}  // namespace kvsim::plan
