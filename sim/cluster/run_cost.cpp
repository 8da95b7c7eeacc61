#include "sim/cluster/run_cost.hpp"

namespace kvsim::cluster {
namespace {

using spec::RunMetrics;
using spec::RunResult;

constexpr double kSecondsPerHour = 3600;
constexpr double kMillion = 1e6;

double seconds(Duration time) { return to_seconds(time).value(); }

Duration idle_time(const RunMetrics& metrics) {
  return metrics.time_in[static_cast<std::size_t>(spec::TimeBucket::Idle)];
}

// Of all replicas.
Duration busy_time(const RunResult& result) {
  return result.metrics.duration * result.spec.cluster.replicas - idle_time(result.metrics);
}

std::optional<double> per(double amount, std::int64_t count, double unit) {
  return count > 0 ? std::optional(amount * unit / static_cast<double>(count)) : std::nullopt;
}

double prompt_share(const RunResult& result) {
  const double busy = seconds(busy_time(result));
  return busy > 0 ? seconds(result.metrics.prompt_time) / busy : 0;
}

spec::Bill bill_of(const RunResult& result, double gpu_hours) {
  const RunMetrics& metrics = result.metrics;
  const std::int64_t input = metrics.total_input_tokens;
  const std::int64_t output = metrics.total_output_tokens;
  spec::Bill bill;
  bill.price = *result.spec.price;
  bill.per_hour = *spec::cost_per_hour(result.spec);
  bill.total = gpu_hours * bill.price.gpu_hour;
  bill.per_million_input = per(bill.total, input, kMillion);
  bill.per_million_output = per(bill.total, output, kMillion);
  bill.per_million_all = per(bill.total, input + output, kMillion);
  const double of_prompts = bill.total * prompt_share(result);
  const std::int64_t computed = input - metrics.prefix_cache_hits;
  bill.per_million_computed_input = per(of_prompts, computed, kMillion);
  bill.per_million_answered = per(bill.total - of_prompts, output, kMillion);
  bill.saved_by_cache = bill.per_million_computed_input.value_or(0) *
                        static_cast<double>(metrics.prefix_cache_hits) / kMillion;
  return bill;
}

spec::EnergyReport energy_of(const RunResult& result, double gpu_seconds) {
  const spec::GpuSpec& gpu = result.spec.cluster.gpu;
  const double gpus_per_replica = static_cast<double>(spec::num_gpus(result.spec)) /
                                  static_cast<double>(result.spec.cluster.replicas);
  const double idle_watts = gpu.idle_power.value_or(Watts(0)).value();
  const std::int64_t output = result.metrics.total_output_tokens;
  spec::EnergyReport energy;
  energy.idle_counted = gpu.idle_power.has_value();
  energy.joules = gpus_per_replica * (gpu.tdp->value() * seconds(busy_time(result)) +
                                      idle_watts * seconds(idle_time(result.metrics)));
  energy.mean_watts = gpu_seconds > 0 ? energy.joules / gpu_seconds : 0;
  energy.joules_per_output_token = per(energy.joules, output, 1);
  energy.joules_per_token = per(energy.joules, result.metrics.total_input_tokens + output, 1);
  return energy;
}

}  // namespace

spec::CostReport cost_report(const RunResult& result) {
  spec::CostReport cost;
  cost.gpus = spec::num_gpus(result.spec);
  const double gpu_seconds = static_cast<double>(cost.gpus) * seconds(result.metrics.duration);
  cost.gpu_hours = gpu_seconds / kSecondsPerHour;
  if (result.spec.price) {
    cost.bill = bill_of(result, cost.gpu_hours);
  }
  if (result.spec.cluster.gpu.tdp) {
    cost.energy = energy_of(result, gpu_seconds);
  }
  return cost;
}

}  // namespace kvsim::cluster
