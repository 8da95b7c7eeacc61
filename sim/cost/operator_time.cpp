#include "sim/cost/operator_time.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/cost/call_time.hpp"

namespace kvsim::cost {
namespace {

using model::BatchShape;
using model::Operator;
using model::OperatorKind;
using spec::TimeBucket;

// Room for the rounding of both sides; a real violation is a matter of per cents.
constexpr double kFloorTolerance = 1e-9;

bool reads_cache(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::DecodeAttention:
    case OperatorKind::DecodeAttentionMla:
    case OperatorKind::DecodeAttentionSparse:
    case OperatorKind::Indexer:
    case OperatorKind::PrefillAttention:
    case OperatorKind::PrefillAttentionSparse:
    case OperatorKind::DecodeLinear:
    case OperatorKind::PrefillLinear:
      return true;
    case OperatorKind::Gemm:
    case OperatorKind::Moe:
    case OperatorKind::AllReduce:
    case OperatorKind::AllGather:
    case OperatorKind::ElementWise:
    case OperatorKind::Embedding:
    case OperatorKind::Sampling:
      break;
  }
  return false;
}

double floor_of(double bytes, double flops, const Operator& op, const spec::GpuSpec& gpu) {
  return std::max(bytes / gpu.hbm.bandwidth.value(),
                  flops / spec::peak_rate(gpu, op.dtype).value());
}

// No call may be faster than its bytes over the peak bandwidth or its FLOPs over the peak rate.
void check_floor(double time, double bytes, double flops, const Operator& op,
                 const ChosenCard& chosen, const spec::GpuSpec& gpu) {
  const double floor = floor_of(bytes, flops, op, gpu);
  if (time < floor * (1 - kFloorTolerance)) {
    throw InternalError(fmt::format(
        "card '{}' prices {} at {:.4g} us, below the {:.4g} us that the GPU's peaks allow",
        chosen.card.name, op.name, time * 1e6, floor * 1e6));
  }
}

TimeBucket bucket_of(const Operator& op, double memory, double compute) {
  if (is_collective(op.kind)) {
    return TimeBucket::Collective;
  }
  if (is_element_wise(op.kind) || compute > memory) {
    return TimeBucket::Compute;
  }
  return reads_cache(op.kind) ? TimeBucket::Kv : TimeBucket::Weights;
}

Duration all_calls(const Operator& op, double each) {
  return to_duration(Seconds(each * static_cast<double>(op.calls)));
}

// Steps, this one included, until the sum of contexts has grown by more than `room`.
std::int64_t steps_within(Int128 room, Int128 growth) {
  if (growth <= 0) {
    return kUnlimitedSteps;
  }
  return static_cast<std::int64_t>(std::min<Int128>(kUnlimitedSteps, room / growth + 1));
}

// Which side of the form's max holds now, and for how many steps, decided on the rounded numbers.
void choose_branch(OperatorTime& time, const Operator& op, const DecodeTime& form,
                   const model::SpanCounts& counts) {
  const Int128 floor = all_calls(op, form.floor).attoseconds();
  const Int128 stream = all_calls(op, form.stream).attoseconds();
  const Duration slope = all_calls(op, form.stream_slope);
  const Int128 room = floor - stream - slope.attoseconds() * counts.decode_context;
  if (room < 0) {
    time.constant += Duration(stream);
    time.per_context_token += slope;
    return;
  }
  time.constant += Duration(floor);
  time.steps_valid =
      std::min(time.steps_valid, steps_within(room, slope.attoseconds() * counts.decode_growing));
}

void add_skew(OperatorTime& time, const Operator& op, const DecodeTime& form,
              const BatchShape& batch) {
  time.constant += all_calls(op, form.skew_slope) * skew_excess(op, batch);
  const model::SpanCounts& counts = batch.spans[op.context_index];
  if (form.skew_slope > 0 && counts.decode_growing < batch.decode_sequences) {
    time.steps_valid = 1;  // full windows: the mean no longer keeps its distance
  }
}

bool has_window_law(const Operator& op, const spec::DecodeForm& form) {
  return form.window && op.context_span.kind == model::SpanKind::Window;
}

// In the last of BatchShape::steps_alike a window may be full that was not: the tokens are still on
// the line, the law is not.
std::int64_t steps_of_same_windows(const model::SpanCounts& counts, const BatchShape& batch) {
  return counts.decode_growing == 0 ? kUnlimitedSteps
                                    : std::max<std::int64_t>(1, batch.steps_alike - 1);
}

// What each further token takes, and what the rows take; where tokens are part of a constant (full
// windows, padding), the whole call.
void check_decode_floor(const DecodeTime& priced, const Operator& op, const ChosenCard& chosen,
                        const spec::GpuSpec& gpu, const BatchShape& batch) {
  const auto context = static_cast<double>(batch.spans[op.context_index].decode_context);
  const double beside = priced.fixed + priced.log_slope * context;
  if (has_window_law(op, chosen.card.decode) || chosen.card.decode.padded) {
    const double stream = std::max(priced.floor, priced.stream + priced.stream_slope * context);
    check_floor(beside + stream, model::bytes_moved(op, batch), model::flops_done(op, batch), op,
                chosen, gpu);
    return;
  }
  check_floor(priced.stream_slope, static_cast<double>(op.kv_bytes_per_context_token),
              op.flops_per_context_token, op, chosen, gpu);
  check_floor(beside, static_cast<double>(op.bytes_per_row * batch.decode_sequences), 0, op, chosen,
              gpu);
}

OperatorTime decode_attention(const Operator& op, const ChosenCard& chosen,
                              const spec::GpuSpec& gpu, const BatchShape& batch,
                              std::optional<double> factor) {
  const DecodeTime priced = decode_time(op, decode_form_of(chosen.card), gpu, batch, factor);
  const model::SpanCounts& counts = batch.spans[op.context_index];
  check_decode_floor(priced, op, chosen, gpu, batch);
  OperatorTime time;
  time.constant = all_calls(op, priced.fixed);
  time.per_context_token = all_calls(op, priced.log_slope);
  time.bucket = bucket_of(op, priced.memory, priced.compute);
  time.truncated = priced.truncated;
  time.steps_valid =
      steps_within(priced.log_until - 1 - counts.decode_context, counts.decode_growing);
  if (has_window_law(op, chosen.card.decode)) {
    time.steps_valid = std::min(time.steps_valid, steps_of_same_windows(counts, batch));
  }
  choose_branch(time, op, priced, counts);
  add_skew(time, op, priced, batch);
  return time;
}

OperatorTime other_call(const Operator& op, const ChosenCard& chosen, const spec::GpuSpec& gpu,
                        const BatchShape& batch, std::optional<double> factor) {
  const CallTime priced = call_time(op, chosen.card, gpu, batch);
  DrawnPrice price{factor};
  double floor = 0;
  if (!is_collective(op.kind)) {
    const double bytes = model::bytes_moved(op, batch);
    const double from_hbm = bytes - bytes_in_l2(chosen.card.streaming, gpu, bytes);
    const double flops = model::flops_done(op, batch);
    check_floor(priced.seconds, from_hbm, flops, op, chosen, gpu);
    floor = floor_of(from_hbm, flops, op, gpu);
  }
  OperatorTime time;
  time.constant = all_calls(op, price.charge(priced.seconds, floor));
  time.truncated = price.truncated;
  time.bucket = bucket_of(op, priced.memory, priced.compute);
  time.steps_valid = kUnlimitedSteps;
  return time;
}

// Whether a chunk's context (tokens before it and its own) is longer than any that was sampled. A
// state stands for all tokens before the chunk, so that linear attention sees the chunk's own
// alone, of several chunks their mean, as its law does.
bool prefill_leaves_domain(const Operator& op, const spec::CardDomain& domain,
                           const BatchShape& batch) {
  if (op.rows != model::RowsOf::PrefillTokens && op.rows != model::RowsOf::PrefillContext) {
    return false;
  }
  if (op.kind == OperatorKind::PrefillLinear) {
    return batch.prefill_tokens > domain.max_context * chunks_of(batch);
  }
  return batch.spans[op.context_index].prefill_longest > domain.max_context;
}

// Inside the domain the card's own provenance holds; a decode step leaves it at the step in which
// the mean context exceeds max_context, a step with prefill is priced by itself.
void set_provenance(OperatorTime& time, const Operator& op, const ChosenCard& chosen,
                    const BatchShape& batch) {
  const spec::CardDomain& domain = chosen.card.domain;
  const spec::Provenance outside = std::max(chosen.provenance, spec::Provenance::Extrapolated);
  time.provenance = chosen.provenance;
  if (is_of_another_path(op, chosen.card) ||
      (domain.max_rows > 0 && model::rows_of(op, batch) > domain.max_rows) ||
      (domain.max_context > 0 && prefill_leaves_domain(op, domain, batch))) {
    time.provenance = outside;
  }
  if (!model::reads_decode_context(op) || domain.max_context == 0) {
    return;
  }
  const model::SpanCounts& counts = batch.spans[op.context_index];
  const std::int64_t room = domain.max_context * batch.decode_sequences - counts.decode_context;
  if (room < 0) {
    time.provenance = outside;
  } else if (counts.decode_growing > 0) {
    time.steps_valid = std::min(time.steps_valid, room / counts.decode_growing + 1);
  }
}

}  // namespace

// Kernels for windows and chunks are another path than full attention
// (reports/validation/kernels.md, regime "window"): a law is a guess there unless it was fitted to
// just this window.
bool is_of_another_path(const Operator& op, const spec::CardSpec& card) {
  if (op.kind == OperatorKind::DecodeAttention && op.context_span.kind == model::SpanKind::Window &&
      card.decode.window && card.decode.window->tokens == op.context_span.tokens) {
    return false;
  }
  const bool attention = op.kind == OperatorKind::DecodeAttention ||
                         op.kind == OperatorKind::DecodeAttentionMla ||
                         op.kind == OperatorKind::PrefillAttention;
  return attention && op.context_span.kind != model::SpanKind::Full;
}

OperatorTime operator_time(const Operator& op, const ChosenCard& chosen, const spec::GpuSpec& gpu,
                           const BatchShape& batch, std::optional<double> factor) {
  if (model::rows_of(op, batch) == 0) {
    return {Duration(), Duration(), TimeBucket::Compute, chosen.provenance, kUnlimitedSteps};
  }
  OperatorTime time = model::reads_decode_context(op)
                          ? decode_attention(op, chosen, gpu, batch, factor)
                          : other_call(op, chosen, gpu, batch, factor);
  set_provenance(time, op, chosen, batch);
  return time;
}

}  // namespace kvsim::cost
