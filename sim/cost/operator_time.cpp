#include "sim/cost/operator_time.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/base/check.hpp"
#include "sim/cost/collective.hpp"

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
    case OperatorKind::LinearAttention:
      return true;
    case OperatorKind::Gemm:
    case OperatorKind::Moe:
    case OperatorKind::AllReduce:
    case OperatorKind::ElementWise:
      break;
  }
  return false;
}

double seconds(Duration duration) { return to_seconds(duration).value(); }

double blend(double memory, double compute, double exponent) {
  if (exponent == 0) {
    return std::max(memory, compute);
  }
  if (exponent == 1) {
    return memory + compute;
  }
  return std::pow(std::pow(memory, exponent) + std::pow(compute, exponent), 1 / exponent);
}

struct Rates {
  double peak_bytes, peak_flops;  // of the GPU
  double bytes, flops;            // that the card says are achieved
};

Rates rates_of(const Operator& op, const spec::StreamingForm& form, const spec::GpuSpec& gpu) {
  const double peak_flops = spec::peak_rate(gpu, op.dtype).value();
  const double peak_bytes = gpu.hbm.bandwidth.value();
  return {peak_bytes, peak_flops, form.bandwidth_efficiency * peak_bytes,
          form.compute_efficiency * peak_flops};
}

void check_floor(double time, double bytes, double flops, const Rates& rates, const Operator& op,
                 const ChosenCard& chosen) {
  const double floor = std::max(bytes / rates.peak_bytes, flops / rates.peak_flops);
  if (time < floor * (1 - kFloorTolerance)) {
    throw InternalError(fmt::format(
        "card '{}' prices {} at {:.4g} us, below the {:.4g} us that the GPU's peaks allow",
        chosen.card.name, op.name, time * 1e6, floor * 1e6));
  }
}

TimeBucket bucket_of(const Operator& op, double memory, double compute) {
  if (op.kind == OperatorKind::AllReduce) {
    return TimeBucket::Collective;
  }
  if (op.kind == OperatorKind::ElementWise || compute > memory) {
    return TimeBucket::Compute;
  }
  return reads_cache(op.kind) ? TimeBucket::Kv : TimeBucket::Weights;
}

Duration all_calls(const Operator& op, double each) {
  return to_duration(Seconds(each * static_cast<double>(op.calls)));
}

double overhead(const Operator& op, const spec::StreamingForm& form, const spec::GpuSpec& gpu,
                const BatchShape& batch) {
  if (!model::reads_decode_context(op)) {
    return seconds(form.launch);
  }
  const auto sequences = static_cast<double>(batch.decode_sequences);
  const double tiles_per_sm = sequences * static_cast<double>(op.tiles_per_sequence) /
                              static_cast<double>(gpu.streaming_multiprocessors);
  return seconds(form.launch) + seconds(form.per_sequence) * sequences +
         seconds(form.tile) * tiles_per_sm;
}

// The parts that grow with the context are blended; what each sequence brings (queries in, results
// out) stays outside, so that the time is affine in the context.
OperatorTime decode_attention(const Operator& op, const ChosenCard& chosen,
                              const spec::GpuSpec& gpu, const BatchShape& batch) {
  const spec::StreamingForm& form = chosen.card.streaming;
  const Rates rates = rates_of(op, form, gpu);
  const auto kv = static_cast<double>(op.kv_bytes_per_context_token);
  const double memory = kv / rates.bytes;
  const double compute = op.flops_per_context_token / rates.flops;
  const double slope = blend(memory, compute, form.blend_exponent);
  check_floor(slope, kv, op.flops_per_context_token, rates, op, chosen);
  const double io = static_cast<double>(op.bytes_per_row * batch.decode_sequences);
  const double constant = overhead(op, form, gpu, batch) + io / rates.bytes;
  check_floor(constant, io, 0, rates, op, chosen);
  OperatorTime time;
  time.constant = all_calls(op, constant);
  time.per_context_token = all_calls(op, slope);
  time.bucket = bucket_of(op, memory, compute);
  return time;
}

OperatorTime streaming(const Operator& op, const ChosenCard& chosen, const spec::GpuSpec& gpu,
                       const BatchShape& batch) {
  const spec::StreamingForm& form = chosen.card.streaming;
  const Rates rates = rates_of(op, form, gpu);
  const double bytes = model::bytes_moved(op, batch);
  const double flops = model::flops_done(op, batch);
  const double memory = bytes / rates.bytes;
  const double compute = flops / rates.flops;
  const double total = overhead(op, form, gpu, batch) + blend(memory, compute, form.blend_exponent);
  check_floor(total, bytes, flops, rates, op, chosen);
  OperatorTime time;
  time.constant = all_calls(op, total);
  time.bucket = bucket_of(op, memory, compute);
  return time;
}

OperatorTime collective(const Operator& op, const ChosenCard& chosen, const BatchShape& batch) {
  const std::int64_t message = op.bytes_per_row * model::rows_of(op, batch);
  OperatorTime time;
  time.constant = all_calls(op, collective_time(chosen.card.collective, op.ranks, message).value());
  time.bucket = TimeBucket::Collective;
  return time;
}

// Inside the domain the card's own provenance holds; a decode step leaves it at the step in which
// the mean context exceeds max_context.
void set_provenance(OperatorTime& time, const Operator& op, const ChosenCard& chosen,
                    const BatchShape& batch) {
  const spec::CardDomain& domain = chosen.card.domain;
  const spec::Provenance outside = std::max(chosen.provenance, spec::Provenance::Extrapolated);
  time.provenance = chosen.provenance;
  time.steps_valid = kUnlimitedSteps;
  if (domain.max_rows > 0 && model::rows_of(op, batch) > domain.max_rows) {
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
    time.steps_valid = room / counts.decode_growing + 1;
  }
}

}  // namespace

OperatorTime operator_time(const Operator& op, const ChosenCard& chosen, const spec::GpuSpec& gpu,
                           const BatchShape& batch) {
  if (model::rows_of(op, batch) == 0) {
    return {Duration(), Duration(), TimeBucket::Compute, chosen.provenance, kUnlimitedSteps};
  }
  OperatorTime time = op.kind == OperatorKind::AllReduce ? collective(op, chosen, batch)
                      : model::reads_decode_context(op)  ? decode_attention(op, chosen, gpu, batch)
                                                         : streaming(op, chosen, gpu, batch);
  set_provenance(time, op, chosen, batch);
  return time;
}

}  // namespace kvsim::cost
