#include "sim/cluster/run_cost.hpp"

namespace kvsim::cluster {
namespace {

using spec::PoolResult;
using spec::RunMetrics;
using spec::RunSpec;

constexpr double kSecondsPerHour = 3600;
constexpr double kMillion = 1e6;

double seconds(Duration time) { return to_seconds(time).value(); }

Duration idle_time(const RunMetrics& metrics) {
  return metrics.time_in[static_cast<std::size_t>(spec::TimeBucket::Idle)];
}

// Of all replicas.
Duration busy_time(const RunSpec& run, const RunMetrics& metrics) {
  return metrics.duration * run.cluster.replicas - idle_time(metrics);
}

std::optional<double> per(double amount, std::int64_t count, double unit) {
  return count > 0 ? std::optional(amount * unit / static_cast<double>(count)) : std::nullopt;
}

double prompt_share(const RunSpec& run, const RunMetrics& metrics) {
  const double busy = seconds(busy_time(run, metrics));
  return busy > 0 ? seconds(metrics.prompt_time) / busy : 0;
}

// `of_prompts`: the part of the total that was spent on computing them.
spec::Bill bill_of(const RunSpec& run, const RunMetrics& metrics, double total, double of_prompts) {
  const std::int64_t input = metrics.total_input_tokens;
  const std::int64_t output = metrics.total_output_tokens;
  spec::Bill bill;
  bill.price = *run.price;
  bill.per_hour = *spec::cost_per_hour(run);
  bill.total = total;
  bill.per_million_input = per(bill.total, input, kMillion);
  bill.per_million_output = per(bill.total, output, kMillion);
  bill.per_million_all = per(bill.total, input + output, kMillion);
  const std::int64_t computed = input - metrics.prefix_cache_hits;
  bill.per_million_computed_input = per(of_prompts, computed, kMillion);
  bill.per_million_answered = per(bill.total - of_prompts, output, kMillion);
  bill.saved_by_cache = bill.per_million_computed_input.value_or(0) *
                        static_cast<double>(metrics.prefix_cache_hits) / kMillion;
  return bill;
}

spec::EnergyReport energy_of(const RunMetrics& metrics, double joules, double gpu_seconds) {
  const std::int64_t output = metrics.total_output_tokens;
  spec::EnergyReport energy;
  energy.joules = joules;
  energy.mean_watts = gpu_seconds > 0 ? joules / gpu_seconds : 0;
  energy.joules_per_output_token = per(joules, output, 1);
  energy.joules_per_token = per(joules, metrics.total_input_tokens + output, 1);
  return energy;
}

double joules_of(const RunSpec& run, const RunMetrics& metrics) {
  const spec::GpuSpec& gpu = run.cluster.gpu;
  const double gpus_per_replica =
      static_cast<double>(spec::num_gpus(run)) / static_cast<double>(run.cluster.replicas);
  const double idle_watts = gpu.idle_power.value_or(Watts(0)).value();
  return gpus_per_replica * (gpu.tdp->value() * seconds(busy_time(run, metrics)) +
                             idle_watts * seconds(idle_time(metrics)));
}

double gpu_seconds_of(const RunSpec& run, const RunMetrics& metrics) {
  return static_cast<double>(spec::num_gpus(run)) * seconds(metrics.duration);
}

spec::CostReport gpu_time_of(const RunSpec& run, const RunMetrics& metrics) {
  spec::CostReport cost;
  cost.gpus = spec::num_gpus(run);
  cost.gpu_hours = gpu_seconds_of(run, metrics) / kSecondsPerHour;
  return cost;
}

}  // namespace

spec::CostReport cost_report(const RunSpec& run, const RunMetrics& metrics) {
  spec::CostReport cost = gpu_time_of(run, metrics);
  if (run.price) {
    const double total = cost.gpu_hours * run.price->gpu_hour;
    cost.bill = bill_of(run, metrics, total, total * prompt_share(run, metrics));
  }
  if (run.cluster.gpu.tdp) {
    cost.energy = energy_of(metrics, joules_of(run, metrics), gpu_seconds_of(run, metrics));
    cost.energy->idle_counted = run.cluster.gpu.idle_power.has_value();
  }
  return cost;
}

spec::CostReport cost_report(const RunSpec& run, const RunMetrics& metrics,
                             const std::vector<PoolResult>& pools) {
  double total = 0, of_prompts = 0, joules = 0;
  bool all_have_energy = true, all_count_idle = true;
  for (const PoolResult& pool : pools) {
    if (pool.cost.bill) {
      total += pool.cost.bill->total;
      of_prompts += pool.cost.bill->total * prompt_share(pool.spec, pool.metrics);
    }
    all_have_energy = all_have_energy && pool.cost.energy;
    all_count_idle = all_count_idle && pool.cost.energy && pool.cost.energy->idle_counted;
    joules += pool.cost.energy ? pool.cost.energy->joules : 0;
  }
  spec::CostReport cost = gpu_time_of(run, metrics);
  if (run.price) {
    cost.bill = bill_of(run, metrics, total, of_prompts);
  }
  if (all_have_energy) {
    cost.energy = energy_of(metrics, joules, gpu_seconds_of(run, metrics));
    cost.energy->idle_counted = all_count_idle;
  }
  return cost;
}

}  // namespace kvsim::cluster
