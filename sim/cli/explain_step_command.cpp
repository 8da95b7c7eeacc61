// kvsim explain step: one step, operator by operator.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/base/units.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/explain_common.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/cost/step_pricer.hpp"
#include "sim/model/experts.hpp"
#include "sim/plan/step_shape.hpp"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;

// `batch` sequences that attend to `context` tokens each, and one prompt chunk without history.
plan::StepShape shape_of(const ExplainOptions& options) {
  return {.sequences = options.batch,
          .context = std::max<std::int64_t>(1, options.context),
          .prefill_tokens = options.prefill_tokens};
}

/// Of one MoE layer in this step.
struct ExpertUse {
  std::int64_t tokens = 0;  ///< that are routed, padding of the batch included
  std::int64_t experts_per_token = 0;
  std::int64_t experts = 0;  ///< on one GPU
  std::int64_t experts_in_all = 0;
  double distinct = 0;   ///< of `experts` that are read, on average
  double imbalance = 1;  ///< load of the busiest GPU over the mean
};

std::optional<ExpertUse> expert_use(const model::StepGraph& graph, const model::BatchShape& batch) {
  for (const model::Operator& op : graph.operators) {
    if (op.experts) {
      const std::int64_t tokens = model::rows_of(op, batch);
      return ExpertUse{tokens,
                       op.experts->experts_per_token,
                       op.experts->experts,
                       op.experts->experts_in_all,
                       model::distinct_experts(*op.experts, tokens),
                       model::load_imbalance(*op.experts, tokens)};
    }
  }
  return std::nullopt;
}

double milliseconds(Int128 attoseconds) { return to_milliseconds(Duration(attoseconds)); }

Json shares_json(const cost::StepCost& cost) {
  Json shares;
  for (std::size_t i = 0; i + 1 < cost.in_bucket.size(); ++i) {  // a step has no idle time
    shares[std::string(spec::kTimeBucketNames[i])] =
        milliseconds(cost.in_bucket[i].first) / milliseconds(cost.time.first);
  }
  return shares;
}

Json experts_json(const ExpertUse& use) {
  return {{"tokens", use.tokens},
          {"experts_per_token", use.experts_per_token},
          {"experts_per_gpu", use.experts},
          {"experts", use.experts_in_all},
          {"expected_distinct_per_gpu", use.distinct},
          {"load_imbalance", use.imbalance}};
}

Json step_json(const ExplainOptions& options, const spec::RunSpec& run, const cost::StepCost& cost,
               const std::vector<cost::OperatorQuote>& quotes) {
  Json json;
  json["model"] = run.model.name;
  json["gpu"] = run.cluster.gpu.name;
  json["tensor_parallel_size"] = run.engine.tensor_parallel_size;
  json["batch"] = options.batch;
  json["context"] = options.context;
  json["prefill_tokens"] = options.prefill_tokens;
  json["step_ms"] = milliseconds(cost.time.first);
  json["next_step_longer_by_ms"] = milliseconds(cost.time.per_step);
  json["time_share"] = shares_json(cost);
  json["weight_bytes_per_gpu"] = cost.weight_bytes;
  json["kv_bytes_per_gpu"] = static_cast<std::int64_t>(cost.kv_bytes.first);
  for (const cost::OperatorQuote& quote : quotes) {
    json["operators"].push_back(
        {{"name", quote.name},
         {"calls", quote.calls},
         {"bytes", quote.bytes},
         {"flops", quote.flops},
         {"ms", to_milliseconds(quote.time)},
         {"floor_ms", to_milliseconds(quote.floor)},
         {"bound", spec::name_of(quote.bucket, spec::kTimeBucketNames)},
         {"provenance", spec::name_of(quote.provenance, spec::kProvenanceNames)},
         {"card", quote.card},
         {"card_mean_error", quote.error ? Json(*quote.error) : Json(nullptr)}});
  }
  return json;
}

std::string percent(Int128 part, Int128 whole) {
  return fmt::format("{:.1f}", 100 * milliseconds(part) / milliseconds(whole));
}

void print_experts(const ExpertUse& use) {
  fmt::print("\nexperts: {} rows, {} experts each, reach {:.1f} of {} in every MoE layer",
             use.tokens, use.experts_per_token, use.distinct, use.experts);
  if (use.experts < use.experts_in_all) {
    fmt::print(" on the average GPU ({} in all); the busiest GPU has {:.2f} times the mean load",
               use.experts_in_all, use.imbalance);
  }
  fmt::print("\n");
}

void print_table(const spec::RunSpec& run, const ExplainOptions& options,
                 const cost::StepCost& cost, const std::vector<cost::OperatorQuote>& quotes) {
  fmt::print("{} on {} x {}: batch {}, context {}, {} new prompt tokens\n\n", run.model.name,
             run.engine.tensor_parallel_size, run.cluster.gpu.name, options.batch, options.context,
             options.prefill_tokens);
  std::vector<std::vector<std::string>> rows;
  for (const cost::OperatorQuote& quote : quotes) {
    const double time = to_seconds(quote.time).value();
    const double floor = to_seconds(quote.floor).value();
    rows.push_back({quote.name, fmt::format("{}", quote.calls), format_bytes(quote.bytes),
                    fmt::format("{:.3g}", quote.flops / 1e9), fmt::format("{:.4f}", time * 1e3),
                    percent(quote.time.attoseconds(), cost.time.first),
                    fmt::format("{:.0f}", time > 0 ? 100 * floor / time : 0),
                    std::string(spec::name_of(quote.bucket, spec::kTimeBucketNames)),
                    std::string(spec::name_of(quote.provenance, spec::kProvenanceNames)),
                    quote.error ? fmt::format("{:.1f}", 100 * *quote.error) : "?"});
  }
  fmt::print("{}", text_table({"operator", "calls", "bytes/GPU", "GFLOP/GPU", "ms", "% of step",
                               "% of peak", "bound", "provenance", "± %"},
                              rows));
}

// How far off the step may be if all cards err to the same side by their mean error.
void print_error(const cost::StepCost& cost, const std::vector<cost::OperatorQuote>& quotes) {
  double known = 0;
  double error = 0;
  for (const cost::OperatorQuote& quote : quotes) {
    const double time = to_milliseconds(quote.time);
    known += quote.error ? time : 0;
    error += quote.error.value_or(0) * time;
  }
  const double step = milliseconds(cost.time.first);
  fmt::print(
      "± %: mean error of the card on calls that it was not fitted to, wider on a borrowed one.\n"
      "All to one side they make {:.1f} % of the step; {:.1f} % of it (the host included) has no "
      "measured error.\n",
      100 * error / step, 100 * (1 - known / step));
}

void print_totals(const cost::StepCost& cost) {
  fmt::print(
      "\nstep {:.4f} ms ({:.2f} tokens/s for each sequence), each next step {:.3g} us "
      "longer\n",
      milliseconds(cost.time.first), 1e3 / milliseconds(cost.time.first),
      milliseconds(cost.time.per_step) * 1e3);
  for (std::size_t i = 0; i + 1 < cost.in_bucket.size(); ++i) {
    fmt::print("  {:<11} {:>5} %\n", spec::kTimeBucketNames[i],
               percent(cost.in_bucket[i].first, cost.time.first));
  }
  fmt::print("'% of peak' compares with bytes over peak bandwidth or FLOPs over peak rate.\n");
}

}  // namespace

int explain_step(const ExplainOptions& options) {
  const spec::StudySpec study = explained_study(options, Purpose::Simulated);
  const spec::RunSpec& run = study.runs.front();
  const cost::StepPricer pricer(run.model, run.cluster.gpu, run.engine, study.cards);
  if (options.dot) {
    fmt::print("{}", model::to_dot(pricer.graph()));
    return kOk;
  }
  const model::BatchShape batch =
      plan::batch_of(shape_of(options), pricer.graph().spans, spec::BatchPadding(run.engine));
  const cost::StepCost cost = pricer.price(batch);
  const std::vector<cost::OperatorQuote> quotes = pricer.quote(batch);
  const std::optional<ExpertUse> experts = expert_use(pricer.graph(), batch);
  if (options.format == "json") {
    Json json = step_json(options, run, cost, quotes);
    json["experts"] = experts ? experts_json(*experts) : Json();
    fmt::print("{}\n", json.dump(2));
    return kOk;
  }
  print_table(run, options, cost, quotes);
  if (experts) {
    print_experts(*experts);
  }
  print_totals(cost);
  print_error(cost, quotes);
  return kOk;
}

}  // namespace kvsim::cli
