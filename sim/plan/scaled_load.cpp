#include "sim/plan/scaled_load.hpp"

#include <algorithm>
#include <cmath>

namespace kvsim::plan {
namespace {

std::int64_t scaled(std::int64_t count, double factor) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(count) * factor));
}

void scale(spec::ArrivalSpec& arrivals, double factor) {
  arrivals.request_rate = arrivals.request_rate * factor;
  for (spec::RateStage& stage : arrivals.stages) {
    stage.request_rate = stage.request_rate * factor;
  }
}

void scale(std::optional<double>& value, double factor) {
  if (value) {
    *value *= factor;
  }
}

void scale(spec::LengthSpec& length, double factor) {
  length.fixed = scaled(length.fixed, factor);
  length.uniform.min = scaled(length.uniform.min, factor);
  length.uniform.max = scaled(length.uniform.max, factor);
  length.lognormal.mean *= factor;
  scale(length.lognormal.p99, factor);
  scale(length.lognormal.median, factor);
  for (std::int64_t& tokens : length.empirical.tokens) {
    tokens = scaled(tokens, factor);
  }
  length.normal.mean *= factor;
  length.normal.std_dev *= factor;
  length.normal.min = scaled(length.normal.min, factor);
  length.normal.max = scaled(length.normal.max, factor);
}

}  // namespace

std::optional<spec::RunSpec> with_load(const spec::RunSpec& run, double factor) {
  spec::RunSpec changed = run;
  spec::WorkloadSpec& workload = changed.workload;
  if (workload.closed_loop) {
    workload.closed_loop->max_concurrency = scaled(workload.closed_loop->max_concurrency, factor);
  } else if (workload.arrivals) {
    if (workload.arrivals->process == spec::ArrivalProcess::AllAtOnce) {
      return std::nullopt;
    }
    scale(*workload.arrivals, factor);
  } else if (workload.request_rate) {
    workload.request_rate = *workload.request_rate * factor;
  } else {
    workload.speedup *= factor;
  }
  return changed;
}

std::optional<spec::RunSpec> with_lengths(const spec::RunSpec& run, double factor) {
  if (!run.workload.lengths) {
    return std::nullopt;
  }
  spec::RunSpec changed = run;
  spec::WorkloadSpec& workload = changed.workload;
  scale(workload.lengths->prompt, factor);
  scale(workload.lengths->output, factor);
  if (workload.conversation && workload.conversation->follow_up) {
    scale(*workload.conversation->follow_up, factor);
  }
  return changed;
}

}  // namespace kvsim::plan
