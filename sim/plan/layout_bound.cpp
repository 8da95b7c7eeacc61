#include "sim/plan/layout_bound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/diagnostic.hpp"
#include "sim/base/statistics.hpp"
#include "sim/cost/step_pricer.hpp"
#include "sim/memory/hbm_budget.hpp"
#include "sim/memory/page_plan.hpp"
#include "sim/plan/fits.hpp"
#include "sim/plan/lone_request.hpp"
#include "sim/plan/step_shape.hpp"
#include "sim/spec/contradictions.hpp"

namespace kvsim::plan {
namespace {

// At most this much beyond its reciprocal is lost by rounding a count up.
constexpr double kRounding = 1e-9;

LayoutBound refused(std::string rule, std::string reason) {
  LayoutBound bound;
  bound.rule = std::move(rule);
  bound.reason = std::move(reason);
  return bound;
}

std::string first_line(std::string text) {
  text.resize(std::min(text.size(), text.find('\n')));
  return text;
}

/// FLOP and byte times of a step on one GPU at its peaks, in seconds.
struct Floor {
  double flops = 0;
  double bytes = 0;
};

Floor floor_of(const cost::StepPricer& pricer, const spec::GpuSpec& gpu,
               const model::BatchShape& batch) {
  Floor floor;
  for (const cost::OperatorQuote& quote : pricer.quote(batch)) {
    floor.flops += quote.flops / spec::peak_rate(gpu, quote.dtype).value();
    floor.bytes += quote.hbm_bytes / gpu.hbm.bandwidth.value();
  }
  return floor;
}

std::int64_t most_sequences(const spec::RunSpec& run, const Demand& demand,
                            const spec::HbmBudget& budget) {
  const auto context = std::max<std::int64_t>(1, std::llround(demand.decode_context));
  const std::int64_t blocks =
      memory::resident_blocks(memory::plan_pages(run.model, run.engine), context - 1, context);
  return std::clamp<std::int64_t>(budget.usable_blocks / std::max<std::int64_t>(1, blocks), 1,
                                  *run.engine.max_num_seqs);
}

Floor prefill_floor(const cost::StepPricer& pricer, const spec::RunSpec& run,
                    const Demand& demand) {
  if (demand.prompts.empty()) {
    return {};
  }
  // A prompt of the mean length without a past: attention's FLOPs grow faster than the length, so
  // those of the mean are no more than the mean of those.
  const std::int64_t tokens = std::clamp<std::int64_t>(
      static_cast<std::int64_t>(demand.prompt_tokens), 1, *run.engine.max_num_batched_tokens);
  model::BatchShape batch;
  model::add_prefill(batch, pricer.graph().spans, 0, tokens);
  batch.padded_tokens = tokens;
  batch.sampled_tokens = 1;
  Floor floor = floor_of(pricer, run.cluster.gpu, batch);
  floor.flops *= demand.prompt_tokens / static_cast<double>(tokens);
  floor.bytes = 0;  // weights may be read for somebody's output anyway
  return floor;
}

void set_seconds(LayoutBound& bound, const cost::StepPricer& pricer, const spec::RunSpec& run,
                 const Demand& demand, const spec::HbmBudget& budget) {
  const std::int64_t sequences = most_sequences(run, demand, budget);
  const auto context = std::max<std::int64_t>(1, static_cast<std::int64_t>(demand.decode_context));
  model::BatchShape batch;
  model::add_decode(batch, pricer.graph().spans, context, sequences);
  batch.padded_tokens = sequences;
  const Floor step = floor_of(pricer, run.cluster.gpu, batch);
  const double share = (demand.output_tokens - 1) / static_cast<double>(sequences);
  const Floor prompt = prefill_floor(pricer, run, demand);
  const double flops = prompt.flops + share * step.flops;
  const double bytes = share * step.bytes;
  bound.seconds_per_request = std::max(flops, bytes);
  bound.bound_by = flops > bytes ? "compute" : "HBM bandwidth";
}

using Percentile = std::pair<double, std::optional<Duration> spec::LatencyLimit::*>;
constexpr std::array<Percentile, 4> kPercentileLimits = {
    Percentile{50, &spec::LatencyLimit::median}, Percentile{90, &spec::LatencyLimit::p90},
    Percentile{95, &spec::LatencyLimit::p95}, Percentile{99, &spec::LatencyLimit::p99}};

LayoutBound tpot_floor(const cost::StepPricer& pricer, const spec::RunSpec& run,
                       const Demand& demand) {
  if (!run.slo.tpot || demand.output_tokens <= 1) {
    return {};
  }
  const double alone = decode_ms(pricer, run.engine, 1, demand.shortest + 1);
  for (const auto& [percent, member] : kPercentileLimits) {
    const auto limit = *run.slo.tpot.*member;
    if (limit && to_milliseconds(*limit) < alone) {
      return refused("TPOT floor",
                     fmt::format("a decode step of one sequence alone takes {:.3g} ms, and p{:g} "
                                 "TPOT may be {:.3g} ms",
                                 alone, percent, to_milliseconds(*limit)));
    }
  }
  return {};
}

LayoutBound ttft_floor(const cost::StepPricer& pricer, const spec::RunSpec& run,
                       const Demand& demand) {
  if (!run.slo.ttft || demand.prompts.empty()) {
    return {};
  }
  const std::vector<double> prompts(demand.prompts.begin(), demand.prompts.end());
  for (const auto& [percent, member] : kPercentileLimits) {
    const auto limit = *run.slo.ttft.*member;
    const auto prompt = static_cast<std::int64_t>(percentile(prompts, percent));
    const double alone = limit ? prefill_ms(pricer, run.engine, prompt) : 0;
    if (limit && to_milliseconds(*limit) < alone) {
      return refused("TTFT floor",
                     fmt::format("a prompt of {} tokens (p{:g}) takes {:.3g} ms alone, and p{:g} "
                                 "TTFT may be {:.3g} ms",
                                 prompt, percent, alone, percent, to_milliseconds(*limit)));
    }
  }
  return {};
}

}  // namespace

LayoutBound layout_bound(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards,
                         const Demand& demand) {
  if (const std::string refusal = short_refusal(run.model, run.engine); !refusal.empty()) {
    return refused("parallelism", "the model cannot be cut so: " + refusal);
  }
  spec::HbmBudget budget;
  try {
    budget = memory::hbm_budget(run.model, run.cluster.gpu, run.engine);
  } catch (const DoesNotFit& error) {
    return refused("memory", first_line(error.what()));
  }
  const cost::StepPricer pricer(run.model, run.cluster.gpu, run.engine, cards);
  if (LayoutBound floor = tpot_floor(pricer, run, demand); !floor.rule.empty()) {
    return floor;
  }
  if (LayoutBound floor = ttft_floor(pricer, run, demand); !floor.rule.empty()) {
    return floor;
  }
  LayoutBound bound;
  set_seconds(bound, pricer, run, demand, budget);
  return bound;
}

std::int64_t least_replicas(const LayoutBound& bound, const Demand& demand, double load) {
  const double busy = demand.request_rate.value_or(0) * load * bound.seconds_per_request;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(busy - kRounding)));
}

}  // namespace kvsim::plan
