// Causal attention of chunks: spec/card_forms.hpp has the equation.
#include <algorithm>

#include "sim/cost/call_time.hpp"

namespace kvsim::cost {
namespace {

constexpr double kTile = 128;  // queries and keys of a tile (FlashAttention-2 and 3)

double seconds(Duration duration) { return to_seconds(duration).value(); }

// FLOPs of sparse attention, as its kernel pads it.
double sparse_flops(const model::Operator& op, const spec::PrefillForm& form,
                    const model::BatchShape& batch) {
  const std::int64_t heads = std::max<std::int64_t>(1, op.shape.query_heads);
  const auto pad =
      static_cast<double>(std::max(heads, form.padded_heads)) / static_cast<double>(heads);
  const std::int64_t pairs = form.padded ? batch.prefill_tokens * op.pairs_span.tokens
                                         : batch.spans[op.pairs_index].prefill_pairs;
  return op.flops_per_pair * static_cast<double>(pairs) * pad;
}

// What follows one another on one SM, in FLOPs; `chunks` sequences share the tokens.
double chain_of(const model::Operator& op, const model::BatchShape& batch, double chunks) {
  if (op.kind == model::OperatorKind::PrefillLinear) {
    const auto heads = static_cast<double>(std::max<std::int64_t>(1, op.shape.query_heads));
    return op.flops_per_row / heads * static_cast<double>(batch.prefill_tokens) / chunks;
  }
  const auto context = static_cast<double>(batch.spans[op.pairs_index].prefill_context);
  return 4 * static_cast<double>(op.shape.head_dim) * kTile * context / chunks;
}

}  // namespace

std::int64_t chunks_of(const model::BatchShape& batch) {
  return std::max<std::int64_t>(1, batch.sampled_tokens - batch.decode_sequences);
}

CallTime prefill_time(const model::Operator& op, const spec::PrefillForm& form,
                      const spec::GpuSpec& gpu, const model::BatchShape& batch) {
  const Rates rates = rates_of(op, form.bandwidth_efficiency, form.compute_efficiency, gpu);
  const auto tokens = static_cast<double>(batch.prefill_tokens);
  CallTime time;
  time.memory =
      model::bytes_moved(op, batch) / rates.bytes +
      form.kv_passes * static_cast<double>(model::kv_bytes_read(op, batch)) / rates.peak_bytes;
  time.seconds = seconds(form.launch) + seconds(form.per_token) * tokens;
  if (op.kind == model::OperatorKind::PrefillAttentionSparse) {
    time.compute = sparse_flops(op, form, batch) / rates.flops;
    time.seconds += blend(time.memory, time.compute, form.blend_exponent);
    return time;
  }
  const auto chunks = static_cast<double>(chunks_of(batch));
  // A tile on the diagonal computes all its 128 x 128 pairs, half of which are masked.
  const double masked = op.flops_per_pair * tokens * (kTile - 1) / 2;
  time.compute = (model::flops_done(op, batch) + masked) / rates.flops;
  const double on_one_sm = static_cast<double>(gpu.streaming_multiprocessors) /
                           (form.chain_efficiency * rates.peak_flops);
  time.seconds += time.memory +
                  blend(time.compute, chain_of(op, batch, chunks) * on_one_sm, form.blend_exponent);
  return time;
}

}  // namespace kvsim::cost
