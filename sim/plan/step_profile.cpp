#include "sim/plan/step_profile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/cost/step_pricer.hpp"
#include "sim/plan/step_shape.hpp"

namespace kvsim::plan {
namespace {

using spec::TimeBucket;

constexpr std::int64_t kShortestContext = 128;

std::int64_t rounded_within(double value, std::int64_t most) {
  return std::clamp<std::int64_t>(std::llround(value), 1, std::max<std::int64_t>(1, most));
}

std::int64_t typical_batch(const spec::RunResult& result) {
  const spec::RunMetrics& metrics = result.metrics;
  const Duration idle = metrics.time_in[static_cast<std::size_t>(TimeBucket::Idle)];
  const double busy = to_milliseconds(metrics.duration * result.spec.cluster.replicas - idle);
  const double seated =
      static_cast<double>(metrics.completed) * (metrics.e2el.mean - metrics.queue.mean);
  return rounded_within(busy > 0 ? seated / busy : 0, *result.spec.engine.max_num_seqs);
}

std::int64_t typical_context(const spec::RunResult& result) {
  const spec::RunMetrics& metrics = result.metrics;
  const double tokens = static_cast<double>(metrics.total_input_tokens) +
                        static_cast<double>(metrics.total_output_tokens) / 2;
  const auto requests = static_cast<double>(std::max<std::int64_t>(1, metrics.completed));
  return rounded_within(tokens / requests, result.memory.max_model_len);
}

/// Decode steps of one replica and what they cost.
class DecodeSteps {
 public:
  DecodeSteps(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards)
      : pricer_(run.model, run.cluster.gpu, run.engine, cards), padding_(run.engine) {}

  [[nodiscard]] spec::StepPoint at(std::int64_t batch, std::int64_t context) const {
    const cost::StepCost cost = pricer_.price(shape(batch, context));
    spec::StepPoint point{batch, context};
    for (std::size_t i = 0; i < point.time_in.size(); ++i) {
      point.time_in[i] = Duration(cost.in_bucket[i].first);
    }
    return point;
  }
  [[nodiscard]] std::vector<cost::OperatorQuote> quote(std::int64_t batch,
                                                       std::int64_t context) const {
    return pricer_.quote(shape(batch, context));
  }
  [[nodiscard]] std::optional<std::int64_t> first_bound_by_compute(std::int64_t most,
                                                                   std::int64_t context) const;

 private:
  [[nodiscard]] model::BatchShape shape(std::int64_t batch, std::int64_t context) const {
    return batch_of({.sequences = batch, .context = context}, pricer_.graph().spans, padding_);
  }

  cost::StepPricer pricer_;
  spec::BatchPadding padding_;
};

// What computing takes beyond weights and KV, in attoseconds.
Int128 excess_of_compute(const cost::StepCost& cost) {
  const auto in = [&](TimeBucket bucket) {
    return cost.in_bucket[static_cast<std::size_t>(bucket)].first;
  };
  return in(TimeBucket::Compute)-in(TimeBucket::Weights)-in(TimeBucket::Kv);
}

// One batch after the other: tiles, padding and kernels that change sides make the excess no
// monotone function of the batch. Products, most of the work, are priced once for each padded size.
std::optional<std::int64_t> DecodeSteps::first_bound_by_compute(std::int64_t most,
                                                                std::int64_t context) const {
  Int128 of_products = 0;
  std::int64_t padded = 0;
  for (std::int64_t batch = 1; batch <= most; ++batch) {
    const model::BatchShape step = shape(batch, context);
    if (step.padded_tokens != padded) {
      padded = step.padded_tokens;
      of_products = excess_of_compute(pricer_.price(cost::StepPart::Tokens, step));
    }
    if (of_products + excess_of_compute(pricer_.price(cost::StepPart::Samples, step)) +
            excess_of_compute(pricer_.price(cost::StepPart::Decode, step)) >=
        0) {
      return batch;
    }
  }
  return std::nullopt;
}

std::vector<std::int64_t> powers_of_two(std::int64_t from, std::int64_t most) {
  std::vector<std::int64_t> powers;
  for (std::int64_t power = from; power <= most; power *= 2) {
    powers.push_back(power);
  }
  return powers;
}

std::vector<std::int64_t> batches_up_to(std::int64_t most) {
  std::vector<std::int64_t> batches = powers_of_two(1, most);
  if (batches.back() < most) {
    batches.push_back(most);
  }
  return batches;
}

std::vector<std::int64_t> contexts_up_to(std::int64_t most) {
  const auto shortest =
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(most, 1, kShortestContext));
  return powers_of_two(static_cast<std::int64_t>(std::bit_floor(shortest)), most);
}

std::vector<spec::OperatorPoint> points_of(const std::vector<cost::OperatorQuote>& quotes) {
  std::vector<spec::OperatorPoint> points;
  for (const cost::OperatorQuote& quote : quotes) {
    points.push_back(
        {quote.name, quote.flops, quote.hbm_bytes, quote.time, quote.bucket, quote.provenance});
  }
  return points;
}

spec::Dtype dtype_of_most_flops(const std::vector<cost::OperatorQuote>& quotes) {
  std::array<double, spec::kDtypeNames.size()> flops{};
  for (const cost::OperatorQuote& quote : quotes) {
    flops[static_cast<std::size_t>(quote.dtype)] += quote.flops;
  }
  return static_cast<spec::Dtype>(std::max_element(flops.begin(), flops.end()) - flops.begin());
}

void set_peaks(spec::StepProfile& profile, const spec::GpuSpec& gpu, spec::Dtype dtype) {
  profile.peak_flops = spec::peak_rate(gpu, dtype).value();
  profile.peak_bytes_per_s = gpu.hbm.bandwidth.value();
  profile.peak_dtype = spec::name_of(dtype, spec::kDtypeNames);
}

}  // namespace

spec::StepProfile step_profile(const spec::RunResult& result,
                               const std::vector<spec::CardSpec>& cards) {
  const DecodeSteps steps(result.spec, cards);
  const std::int64_t most = *result.spec.engine.max_num_seqs;
  spec::StepProfile profile;
  profile.batch = typical_batch(result);
  profile.context = typical_context(result);
  for (const std::int64_t batch : batches_up_to(most)) {
    profile.by_batch.push_back(steps.at(batch, profile.context));
  }
  for (const std::int64_t context : contexts_up_to(result.memory.max_model_len)) {
    profile.by_context.push_back(steps.at(profile.batch, context));
  }
  const std::vector<cost::OperatorQuote> quotes = steps.quote(profile.batch, profile.context);
  profile.operators = points_of(quotes);
  set_peaks(profile, result.spec.cluster.gpu, dtype_of_most_flops(quotes));
  profile.compute_bound_batch = steps.first_bound_by_compute(most, profile.context);
  return profile;
}

}  // namespace kvsim::plan
