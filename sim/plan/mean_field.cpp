#include "sim/plan/mean_field.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/plan/lone_request.hpp"

namespace kvsim::plan {
namespace {

double mean_of(const spec::EmpiricalSpec& empirical) {
  double sum = 0;
  double weights = 0;
  for (std::size_t i = 0; i < empirical.tokens.size(); ++i) {
    const double weight = empirical.weights.empty() ? 1 : empirical.weights[i];
    sum += weight * static_cast<double>(empirical.tokens[i]);
    weights += weight;
  }
  return sum / weights;
}

double mean_of(const spec::LengthSpec& length) {
  switch (length.kind) {
    case spec::LengthKind::Fixed:
      return static_cast<double>(length.fixed);
    case spec::LengthKind::Uniform:
      return static_cast<double>(length.uniform.min + length.uniform.max) / 2;
    case spec::LengthKind::Lognormal:
      return length.lognormal.mean;
    case spec::LengthKind::Empirical:
      return mean_of(length.empirical);
    case spec::LengthKind::Normal:
      return length.normal.mean;
  }
  return 0;
}

}  // namespace

std::optional<double> mean_field_tpot_ms(const spec::RunSpec& run,
                                         const std::vector<spec::CardSpec>& cards) {
  const spec::WorkloadSpec& workload = run.workload;
  const bool one_prompt = !workload.shared_prefix && !workload.conversation;
  if (!workload.closed_loop || !workload.lengths || !one_prompt) {
    return std::nullopt;
  }
  const auto prompt = static_cast<std::int64_t>(std::llround(mean_of(workload.lengths->prompt)));
  const double output = mean_of(workload.lengths->output);
  if (output < 2) {
    return std::nullopt;
  }
  const cost::StepPricer pricer(run.model, run.cluster.gpu, run.engine, cards);
  const std::int64_t clients =
      std::max<std::int64_t>(1, workload.closed_loop->max_concurrency / run.cluster.replicas);
  const auto context = prompt + static_cast<std::int64_t>(std::llround(output / 2));
  return decode_ms(pricer, run.engine, clients, context) +
         static_cast<double>(clients - 1) / output * prefill_ms(pricer, run.engine, prompt);
}

}  // namespace kvsim::plan
