// kvsim explain step: one step, operator by operator.
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "sim/base/units.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/explain_common.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/cost/step_pricer.hpp"
#include "sim/model/traffic.h"

namespace kvsim::cli {
namespace {

using Json = nlohmann::ordered_json;

// `batch` sequences that attend to `context` tokens each, and one prompt chunk without history.
model::BatchShape batch_of(const ExplainOptions& options, const spec::EngineSpec& engine) {
  model::BatchShape batch;
  batch.decode_sequences = options.batch;
  batch.decode_context = options.batch * std::max<std::int64_t>(1, options.context);
  batch.prefill_tokens = options.prefill_tokens;
  batch.prefill_context = options.prefill_tokens;
  batch.prefill_pairs = traffic::causal_pairs(options.prefill_tokens, 0);
  batch.sampled_tokens = options.batch + (options.prefill_tokens > 0 ? 1 : 0);
  batch.padded_tokens = spec::padded_rows(engine, options.batch + options.prefill_tokens);
  return batch;
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
         {"card", quote.card}});
  }
  return json;
}

std::string percent(Int128 part, Int128 whole) {
  return fmt::format("{:.1f}", 100 * milliseconds(part) / milliseconds(whole));
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
                    std::string(spec::name_of(quote.provenance, spec::kProvenanceNames))});
  }
  fmt::print("{}", text_table({"operator", "calls", "bytes/GPU", "GFLOP/GPU", "ms", "% of step",
                               "% of peak", "bound", "provenance"},
                              rows));
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
  const spec::StudySpec study = explained_study(options);
  const spec::RunSpec& run = study.runs.front();
  const cost::StepPricer pricer(run.model, run.cluster.gpu, run.engine, study.cards);
  if (options.dot) {
    fmt::print("{}", model::to_dot(pricer.graph()));
    return kOk;
  }
  const model::BatchShape batch = batch_of(options, run.engine);
  const cost::StepCost cost = pricer.price(batch);
  const std::vector<cost::OperatorQuote> quotes = pricer.quote(batch);
  if (options.format == "json") {
    fmt::print("{}\n", step_json(options, run, cost, quotes).dump(2));
  } else {
    print_table(run, options, cost, quotes);
  }
  return kOk;
}

}  // namespace kvsim::cli
