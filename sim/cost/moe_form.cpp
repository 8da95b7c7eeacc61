// Routed experts: spec/card_forms.hpp has the equation.
#include <algorithm>

#include "sim/base/check.hpp"
#include "sim/cost/call_time.hpp"

namespace kvsim::cost {
namespace {

double seconds(Duration duration) { return to_seconds(duration).value(); }

}  // namespace

CallTime moe_time(const model::Operator& op, const spec::MoeForm& form, const spec::GpuSpec& gpu,
                  const model::BatchShape& batch) {
  KVSIM_CHECK(op.experts.has_value(), "a card of experts prices experts only");
  const model::ExpertTraffic& experts = *op.experts;
  const std::int64_t rows = model::rows_of(op, batch);
  const Rates rates = rates_of(op, form.bandwidth_efficiency, form.compute_efficiency, gpu);
  const double distinct = model::busiest_distinct_experts(experts, rows);
  const auto slots = static_cast<double>(rows * experts.experts_per_token);
  const double element_traffic = form.hidden_bytes * static_cast<double>(op.shape.k) +
                                 form.width_bytes * static_cast<double>(op.shape.n);
  // FLOPs of one token in one expert.
  const double per_slot = op.flops_per_row * static_cast<double>(experts.experts_in_all) /
                          static_cast<double>(experts.experts * experts.experts_per_token);
  CallTime time;
  time.memory = distinct * static_cast<double>(experts.bytes_per_expert) / rates.bytes;
  time.compute =
      (model::flops_done(op, batch) + per_slot * form.padded_rows * distinct) / rates.flops;
  time.seconds = seconds(form.launch) + seconds(form.per_expert) * distinct +
                 2 * slots * element_traffic / rates.peak_bytes +
                 blend(time.memory, time.compute, form.blend_exponent);
  return time;
}

}  // namespace kvsim::cost
