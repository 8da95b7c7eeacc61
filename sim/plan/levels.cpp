#include "sim/plan/levels.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"
#include "sim/plan/scaled_load.hpp"
#include "sim/plan/trial.hpp"

namespace kvsim::plan {
namespace {

const double kStep = std::log(1.02);      // between two loads
constexpr std::int64_t kMostSteps = 349;  // loads from 1/1000 to 1000 times the study's
constexpr double kLevelRounding = 1e-9;

std::int64_t gpus_per_replica(const spec::RunSpec& layout) {
  return layout.engine.tensor_parallel_size;
}

// What a GPU counts: itself, or its price.
double price_of(const spec::RunSpec& layout, const spec::PlanSpec& plan) {
  if (plan.objective != spec::Objective::MinCost) {
    return 1;
  }
  KVSIM_CHECK(layout.price.has_value(), "the cost of a GPU without a price");
  return layout.price->gpu_hour;
}

std::int64_t level_of_load(double load) {
  return static_cast<std::int64_t>(std::ceil(-std::log(load) / kStep - kLevelRounding));
}

}  // namespace

Levels::Levels(const spec::RunSpec& layout, const spec::PlanSpec& plan, const LayoutBound& bound,
               const Demand& demand)
    : layout_(layout), counts_replicas_(spec::is_minimum(plan.objective)) {
  const std::int64_t most = plan.max_gpus / gpus_per_replica(layout);
  if (counts_replicas_) {
    lowest_ = std::max(least_replicas(bound, demand), plan.replicas.value_or(1));
    highest_ = std::min(most, plan.replicas.value_or(most));
    per_level_ = static_cast<double>(gpus_per_replica(layout)) * price_of(layout, plan);
    return;
  }
  replicas_ = plan.replicas.value_or(most);
  // A story that ends can be told faster than it is served.
  const double rate = is_steady(layout.workload) ? demand.request_rate.value_or(0) : 0;
  const double busy = rate * bound.seconds_per_request;
  lowest_ = busy > 0 ? std::max(-kMostSteps, level_of_load(static_cast<double>(replicas_) / busy))
                     : -kMostSteps;
  highest_ = replicas_ >= 1 && replicas_ <= most ? kMostSteps : lowest_ - 1;
}

std::int64_t Levels::highest_within(double value) const {
  return std::min(highest_,
                  static_cast<std::int64_t>(std::floor(value / per_level_ + kLevelRounding)));
}

double Levels::value(std::int64_t level) const { return static_cast<double>(level) * per_level_; }

std::int64_t Levels::replicas(std::int64_t level) const {
  return counts_replicas_ ? level : replicas_;
}

double Levels::load(std::int64_t level) const {
  return counts_replicas_ ? 1 : std::exp(-static_cast<double>(level) * kStep);
}

spec::RunSpec Levels::run_at(std::int64_t level) const {
  spec::RunSpec run = layout_;
  if (!counts_replicas_) {
    const auto scaled = with_load(layout_, load(level));
    KVSIM_CHECK(scaled.has_value(), "a load that cannot be scaled");
    run = *scaled;
  }
  run.cluster.replicas = replicas(level);
  return run;
}

}  // namespace kvsim::plan
