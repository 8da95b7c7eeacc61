#include "sim/plan/run_cost.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace kvsim::plan {
namespace {

// Wall time of the macro stepper: mha-vs-mla.yaml took 0.31 s for 13.5 M output tokens on one core
// of a shared virtual machine (g++ 12, -O2). Good to a factor of three.
constexpr double kSecondsPerOutputToken = 25e-9;
constexpr double kMeanOutputGuess = 256;
constexpr double kShareThatTells = 0.01;  // before, a projection is mostly the start

double mean_output(const spec::WorkloadSpec& workload) {
  if (!workload.lengths) {
    return kMeanOutputGuess;
  }
  const spec::LengthSpec& output = workload.lengths->output;
  switch (output.kind) {
    case spec::LengthKind::Fixed:
      return static_cast<double>(output.fixed);
    case spec::LengthKind::Uniform:
      return static_cast<double>(output.uniform.min + output.uniform.max) / 2;
    case spec::LengthKind::Lognormal:
      return output.lognormal.mean;
    case spec::LengthKind::Normal:
      return output.normal.mean;
    case spec::LengthKind::Empirical:
      return kMeanOutputGuess;
  }
  return kMeanOutputGuess;
}

double requests_of(const std::vector<spec::RateStage>& stages) {
  double requests = 0;
  for (const spec::RateStage& stage : stages) {
    requests += stage.request_rate.value() * to_seconds(stage.duration).value();
  }
  return requests;
}

}  // namespace

std::optional<RunCost> expected_cost(const spec::RunSpec& run) {
  const spec::WorkloadSpec& workload = run.workload;
  double requests = 0;
  if (workload.num_requests) {
    requests = static_cast<double>(*workload.num_requests);
  } else if (!workload.trace && workload.arrivals) {
    requests = requests_of(workload.arrivals->stages);
  }
  if (requests <= 0) {
    return std::nullopt;
  }
  return RunCost{requests, requests * mean_output(workload) * kSecondsPerOutputToken};
}

TimeToGo::TimeToGo(std::vector<std::optional<RunCost>> runs, std::size_t replicates, int workers)
    : costs_(std::move(runs)),
      taken_(costs_.size()),
      simulations_(costs_.size() * (1 + replicates)),
      workers_(std::max(1, workers)) {}

TimeToGo TimeToGo::of(const spec::StudySpec& study, std::size_t replicates, int workers) {
  std::vector<std::optional<RunCost>> costs;
  for (const spec::RunSpec& run : study.runs) {
    costs.push_back(expected_cost(run));
  }
  return {std::move(costs), replicates, workers};
}

const std::optional<RunCost>& TimeToGo::cost_of(std::size_t simulation) const {
  return costs_[simulation % costs_.size()];
}

void TimeToGo::running(std::size_t simulation, std::int64_t requests_done, double seconds) {
  KVSIM_CHECK(simulation < simulations_.size(), "a simulation of this study");
  Simulation& each = simulations_[simulation];
  each.state = State::Running;
  each.elapsed = seconds;
  const std::optional<RunCost>& cost = cost_of(simulation);
  const double share = cost ? static_cast<double>(requests_done) / cost->requests : 0;
  if (share >= kShareThatTells) {
    each.whole = seconds / std::min(share, 1.0);
  }
}

void TimeToGo::finished(std::size_t simulation, double seconds) {
  KVSIM_CHECK(simulation < simulations_.size(), "a simulation of this study");
  simulations_[simulation] = {State::Finished, seconds, seconds};
  double& taken = taken_[simulation % costs_.size()];
  taken = taken == 0 ? seconds : taken;
}

TimeToGo::Known TimeToGo::known() const {
  double whole = 0, count = 0, taken = 0, expected = 0;
  for (std::size_t i = 0; i < simulations_.size(); ++i) {
    const Simulation& each = simulations_[i];
    if (each.whole > 0) {
      whole += each.whole;
      ++count;
      taken += cost_of(i) ? each.whole : 0;
      expected += cost_of(i) ? cost_of(i)->seconds : 0;
    }
  }
  return {expected > 0 ? taken / expected : 1, count > 0 ? whole / count : 0};
}

// 0: nobody can say.
double TimeToGo::whole_of(std::size_t simulation, const Known& known) const {
  if (simulations_[simulation].whole > 0) {
    return simulations_[simulation].whole;
  }
  if (const double taken = taken_[simulation % costs_.size()]; taken > 0) {
    return taken;
  }
  const std::optional<RunCost>& cost = cost_of(simulation);
  return cost ? cost->seconds * known.ratio : known.mean;
}

std::optional<double> TimeToGo::seconds() const {
  const Known so_far = known();
  double sum = 0, longest = 0;
  for (std::size_t i = 0; i < simulations_.size(); ++i) {
    if (simulations_[i].state == State::Finished) {
      continue;
    }
    const double whole = whole_of(i, so_far);
    if (whole == 0) {
      return std::nullopt;
    }
    const double rest = std::max(0.0, whole - simulations_[i].elapsed);
    sum += rest;
    longest = std::max(longest, rest);
  }
  return std::max(longest, sum / workers_);
}

}  // namespace kvsim::plan
