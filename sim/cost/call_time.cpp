#include "sim/cost/call_time.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"
#include "sim/cost/collective.hpp"

namespace kvsim::cost {
namespace {

double seconds(Duration duration) { return to_seconds(duration).value(); }

CallTime streaming_time(const model::Operator& op, const spec::StreamingForm& form,
                        const spec::GpuSpec& gpu, const model::BatchShape& batch) {
  const Rates rates = rates_of(op, form.bandwidth_efficiency, form.compute_efficiency, gpu);
  CallTime time;
  const double bytes = model::bytes_moved(op, batch);
  const double in_l2 = bytes_in_l2(form, gpu, bytes);
  time.memory = (bytes - in_l2) / rates.bytes;
  if (in_l2 > 0) {
    time.memory += in_l2 / (form.l2_efficiency * rates.peak_bytes);
  }
  time.compute = model::flops_done(op, batch) / rates.flops;
  time.seconds = seconds(form.launch) + blend(time.memory, time.compute, form.blend_exponent);
  return time;
}

CallTime collective_call(const model::Operator& op, const spec::CollectiveForm& form,
                         const model::BatchShape& batch) {
  const std::int64_t message = op.bytes_per_row * model::rows_of(op, batch);
  CallTime time;
  time.seconds = collective_time(form, op.ranks, message).value();
  return time;
}

}  // namespace

double bytes_in_l2(const spec::StreamingForm& form, const spec::GpuSpec& gpu, double bytes) {
  const auto l2 = static_cast<double>(gpu.l2_cache.value());
  return form.l2_efficiency > 0 ? std::min(bytes, l2) : 0;
}

Rates rates_of(const model::Operator& op, double bandwidth_efficiency, double compute_efficiency,
               const spec::GpuSpec& gpu) {
  const double bytes = gpu.hbm.bandwidth.value();
  const double flops = spec::peak_rate(gpu, op.dtype).value();
  return {bandwidth_efficiency * bytes, compute_efficiency * flops, bytes, flops};
}

double blend(double a, double b, double exponent) {
  const double larger = std::max(a, b);
  if (exponent == 0 || larger == 0) {
    return larger;
  }
  if (exponent == 1) {
    return a + b;
  }
  return larger * std::pow(1 + std::pow(std::min(a, b) / larger, exponent), 1 / exponent);
}

CallTime call_time(const model::Operator& op, const spec::CardSpec& card, const spec::GpuSpec& gpu,
                   const model::BatchShape& batch) {
  switch (card.form) {
    case spec::CardForm::Streaming:
      return streaming_time(op, card.streaming, gpu, batch);
    case spec::CardForm::Gemm:
      return gemm_time(op, card.gemm, gpu, batch);
    case spec::CardForm::Prefill:
      return prefill_time(op, card.prefill, gpu, batch);
    case spec::CardForm::Moe:
      return moe_time(op, card.moe, gpu, batch);
    case spec::CardForm::Collective:
      return collective_call(op, card.collective, batch);
    case spec::CardForm::Decode:
    case spec::CardForm::Link:
    case spec::CardForm::Host:
      break;
  }
  throw InternalError("card '" + card.name + "' has no form for " + op.name);
}

double call_seconds(const model::Operator& op, const spec::CardSpec& card, const spec::GpuSpec& gpu,
                    const model::BatchShape& batch) {
  if (!model::reads_decode_context(op)) {
    return call_time(op, card, gpu, batch).seconds;
  }
  const DecodeTime time = decode_time(op, decode_form_of(card), gpu, batch);
  const auto context = static_cast<double>(batch.spans[op.context_index].decode_context);
  const auto excess = static_cast<double>(skew_excess(op, batch));
  return time.fixed + time.log_slope * context + time.skew_slope * excess +
         std::max(time.floor, time.stream + time.stream_slope * context);
}

}  // namespace kvsim::cost
