#include "sim/report/result_json.hpp"

#include <fmt/format.h>

#include "kvsim_version.hpp"
#include "sim/base/statistics.hpp"
#include "sim/report/cost_json.hpp"
#include "sim/report/derived.hpp"
#include "sim/report/json_values.hpp"

namespace kvsim::report {
namespace {

using spec::LatencySummary;
using spec::RunMetrics;
using spec::RunResult;

void add_latency(Json& json, std::string_view metric, const LatencySummary& summary) {
  const auto add = [&](std::string_view statistic, double value) {
    json[fmt::format("{}_{}_ms", statistic, metric)] = json_number(value);
  };
  add("mean", summary.mean);
  add("median", summary.median);
  add("p90", summary.p90);
  add("p95", summary.p95);
  add("p99", summary.p99);
  add("p99_9", summary.p99_9);
  add("std", summary.std);
}

void add_latencies(Json& json, const RunMetrics& metrics) {
  add_latency(json, "ttft", metrics.ttft);
  add_latency(json, "tpot", metrics.tpot);
  add_latency(json, "itl", metrics.itl);
  add_latency(json, "e2el", metrics.e2el);
  add_latency(json, "queue", metrics.queue);
}

// {"ttft_ms": {"p1": ..., "p99_9": ...}, ...}: the curve behind the few named statistics above.
Json percentiles_json(const RunMetrics& metrics) {
  Json json = Json::object();
  const auto add = [&](const char* name, const LatencySummary& summary) {
    Json points = Json::object();
    for (const spec::PercentilePoint& point : summary.percentiles) {
      points[percentile_key(point.percent)] = json_number(point.ms);
    }
    json[name] = std::move(points);
  };
  add("ttft_ms", metrics.ttft);
  add("tpot_ms", metrics.tpot);
  add("itl_ms", metrics.itl);
  add("e2el_ms", metrics.e2el);
  add("queue_ms", metrics.queue);
  return json;
}

Json percentile_method(const RunMetrics& metrics) {
  const bool exact = percentiles_exact(metrics);
  Json from_histogram = Json::array();
  const auto note = [&](const char* name, const LatencySummary& summary) {
    if (!summary.exact) {
      from_histogram.push_back(name);
    }
  };
  note("ttft", metrics.ttft);
  note("tpot", metrics.tpot);
  note("itl", metrics.itl);
  note("e2el", metrics.e2el);
  note("queue", metrics.queue);
  return {{"name", "linear (type 7, numpy)"},
          {"exact", exact},
          {"relative_error", exact ? 0.0 : 1.0 / DurationHistogram::kBinsPerOctave},
          {"from_histogram", std::move(from_histogram)}};
}

template <std::size_t N>
Json named_shares(const std::array<std::string_view, N>& names,
                  const std::array<double, N>& shares) {
  Json json = Json::object();
  for (std::size_t i = 0; i < N; ++i) {
    json[std::string(names[i])] = json_number(shares[i]);
  }
  return json;
}

void add_throughput(Json& json, const spec::RunSpec& run, const RunMetrics& m) {
  json["duration"] = json_number(to_seconds(m.duration).value());
  json["completed"] = m.completed;
  json["refused"] = m.refused;
  json["skipped_lines"] = m.skipped_lines;
  json["total_input_tokens"] = m.total_input_tokens;
  json["total_output_tokens"] = m.total_output_tokens;
  json["request_throughput"] = json_number(m.request_throughput);
  json["request_goodput"] = json_number(m.request_goodput);
  json["output_throughput"] = json_number(m.output_throughput);
  json["total_token_throughput"] = json_number(m.total_token_throughput);
  json["num_gpus"] = spec::num_gpus(run);
  json["output_throughput_per_gpu"] = json_number(per_gpu(m.output_throughput, run));
  json["total_token_throughput_per_gpu"] = json_number(per_gpu(m.total_token_throughput, run));
  json["mean_interactivity"] = json_number(mean_interactivity(m));
}

void add_memory_traffic(Json& json, const RunMetrics& m) {
  json["max_concurrent_requests"] = m.max_concurrent_requests;
  json["max_running_requests"] = m.max_running_requests;
  json["kv_cache_usage_perc"] = {{"mean", json_number(m.kv_cache_usage_mean)},
                                 {"p99", json_number(m.kv_cache_usage_p99)},
                                 {"max", json_number(m.kv_cache_usage_max)}};
  json["num_preemptions"] = m.num_preemptions;
  json["prefix_cache_hit_rate"] = json_number(m.prefix_cache_hit_rate);
  json["prefix_cache_block_hit_rate"] = json_number(m.prefix_cache_block_hit_rate);
  json["prefix_cache_queries"] = m.prefix_cache_queries;
  json["prefix_cache_hits"] = m.prefix_cache_hits;
  json["num_steps"] = m.num_steps;
  json["computed_tokens"] = m.computed_tokens;
  json["hbm_bytes_read"] = json_integer(m.hbm_bytes_read);
  json["weight_bytes_read"] = json_integer(m.weight_bytes_read);
  json["kv_bytes_read"] = json_integer(m.kv_bytes_read);
}

Json metrics_json(const RunResult& run) {
  Json json = Json::object();
  add_latencies(json, run.metrics);
  add_throughput(json, run.spec, run.metrics);
  add_memory_traffic(json, run.metrics);
  json["time_share"] = named_shares(spec::kTimeBucketNames, time_shares(run));
  json["stability"] = spec::name_of(run.metrics.stability, spec::kStabilityNames);
  json["percentiles"] = percentiles_json(run.metrics);
  json["percentile_method"] = percentile_method(run.metrics);
  return json;
}

Json memory_json(const spec::HbmBudget& memory) {
  return {{"total_bytes", memory.total.value()},
          {"requested_bytes", memory.requested.value()},
          {"weights_bytes", memory.weights.value()},
          {"peak_activation_bytes", memory.peak_activation.value()},
          {"non_torch_bytes", memory.non_torch.value()},
          {"cuda_graph_bytes", memory.cuda_graphs.value()},
          {"available_kv_bytes", memory.available_kv.value()},
          {"kv_bytes_per_token", memory.kv_bytes_per_token.value()},
          {"kv_bytes_per_sequence_constant", memory.kv_bytes_per_sequence_constant.value()},
          {"kv_bytes_per_token_per_gpu", memory.kv_bytes_per_token_per_gpu.value()},
          {"block_bytes", memory.block_bytes.value()},
          {"num_gpu_blocks", memory.num_gpu_blocks},
          {"usable_blocks", memory.usable_blocks},
          {"blocks_per_sequence", memory.blocks_per_sequence},
          {"kv_cache_tokens", memory.kv_cache_tokens},
          {"max_model_len", memory.max_model_len},
          {"max_concurrency", json_number(memory.max_concurrency)}};
}

Json bandwidth_json(const spec::BandwidthReport& bandwidth) {
  return {{"peak_per_gpu_bytes_per_s", json_number(bandwidth.peak_per_gpu.value())},
          {"hbm_utilization", json_number(bandwidth.hbm_utilization)},
          {"hbm_utilization_busy", json_number(bandwidth.hbm_utilization_busy)}};
}

// What the run has as a whole, without what no pool has for itself.
Json pool_json(const spec::PoolResult& pool) {
  Json metrics = Json::object();
  add_latencies(metrics, pool.metrics);
  add_throughput(metrics, pool.spec, pool.metrics);
  add_memory_traffic(metrics, pool.metrics);
  metrics.erase("max_concurrent_requests");
  metrics.erase("skipped_lines");
  metrics["time_share"] =
      named_shares(spec::kTimeBucketNames, time_shares(pool.spec, pool.metrics));
  return {{"name", pool.name},
          {"gpu", pool.spec.cluster.gpu.name},
          {"replicas", pool.spec.cluster.replicas},
          {"tensor_parallel_size", pool.spec.engine.tensor_parallel_size},
          {"metrics", std::move(metrics)},
          {"memory", memory_json(pool.memory)},
          {"bandwidth", bandwidth_json(pool.bandwidth)},
          {"cost", cost_json(pool.cost, pool.metrics)}};
}

Json pools_json(const std::vector<spec::PoolResult>& pools) {
  Json json = Json::array();
  for (const spec::PoolResult& pool : pools) {
    json.push_back(pool_json(pool));
  }
  return json;
}

Json provenance_json(const RunResult& run) {
  Json cards = Json::array();
  for (const spec::CardUse& use : run.cards) {
    cards.push_back({{"card", use.card},
                     {"operator", use.op},
                     {"provenance", spec::name_of(use.provenance, spec::kProvenanceNames)},
                     {"source", use.source},
                     {"mean_error", use.mean_error ? json_number(*use.mean_error) : Json(nullptr)},
                     {"time_share", json_number(share(use.time, priced_time(run.metrics)))}});
  }
  return {
      {"time_share_by_tag", named_shares(spec::kProvenanceNames, provenance_shares(run.metrics))},
      {"cards", std::move(cards)}};
}

Json kv_series_json(const spec::KvSeries& series) {
  const auto all = [&](std::int64_t spec::KvSample::*member) {
    Json values = Json::array();
    for (const spec::KvSample& sample : series.samples) {
      values.push_back(sample.*member);
    }
    return values;
  };
  return {{"interval_s", json_number(to_seconds(series.interval).value())},
          {"used_blocks", all(&spec::KvSample::used)},
          {"cached_blocks", all(&spec::KvSample::kept)},
          {"num_requests_running", all(&spec::KvSample::running)},
          {"num_requests_waiting", all(&spec::KvSample::waiting)},
          {"num_preemptions", all(&spec::KvSample::preemptions)}};
}

Json prefix_curve_json(const spec::PrefixCurve& curve) {
  Json capacities = Json::array();
  Json rates = Json::array();
  for (const spec::PrefixCurve::Point& point : curve.points) {
    capacities.push_back(point.capacity_tokens);
    rates.push_back(json_number(point.hit_rate));
  }
  return {{"requests", curve.requests},
          {"capacity_tokens", curve.capacity_tokens},
          {"hit_rate_at_capacity", json_number(curve.hit_rate_at_capacity)},
          {"ideal_hit_rate", json_number(curve.ideal_hit_rate)},
          {"enough_tokens", curve.enough_tokens},
          {"curve", {{"capacity_tokens", std::move(capacities)}, {"hit_rate", std::move(rates)}}}};
}

// {"weights": [...], "kv": [...], ...} in seconds; a step is never idle.
Json times_json(const std::vector<spec::StepPoint>& points) {
  Json json = Json::object();
  for (std::size_t i = 0; i + 1 < spec::kTimeBucketNames.size(); ++i) {
    Json times = Json::array();
    for (const spec::StepPoint& point : points) {
      times.push_back(json_number(to_seconds(point.time_in[i]).value()));
    }
    json[std::string(spec::kTimeBucketNames[i])] = std::move(times);
  }
  return json;
}

Json points_json(const std::vector<spec::StepPoint>& points) {
  Json batches = Json::array();
  Json contexts = Json::array();
  for (const spec::StepPoint& point : points) {
    batches.push_back(point.batch);
    contexts.push_back(point.context);
  }
  return {{"batch", std::move(batches)},
          {"context", std::move(contexts)},
          {"time_in_s", times_json(points)}};
}

Json operators_json(const std::vector<spec::OperatorPoint>& operators) {
  Json json = Json::array();
  for (const spec::OperatorPoint& point : operators) {
    json.push_back({{"operator", point.op},
                    {"flops", json_number(point.flops)},
                    {"bytes", json_number(point.bytes)},
                    {"time_s", json_number(to_seconds(point.time).value())},
                    {"bound", spec::name_of(point.bound, spec::kTimeBucketNames)},
                    {"provenance", spec::name_of(point.provenance, spec::kProvenanceNames)}});
  }
  return json;
}

Json step_profile_json(const spec::StepProfile& profile) {
  const std::optional<std::int64_t>& bound = profile.compute_bound_batch;
  return {{"batch", profile.batch},
          {"context", profile.context},
          {"compute_bound_batch", bound ? Json(*bound) : Json(nullptr)},
          {"peak_flops", json_number(profile.peak_flops)},
          {"peak_dtype", profile.peak_dtype},
          {"peak_bytes_per_s", json_number(profile.peak_bytes_per_s)},
          {"by_batch", points_json(profile.by_batch)},
          {"by_context", points_json(profile.by_context)},
          {"operators", operators_json(profile.operators)}};
}

Json intervals_json(const std::vector<spec::Interval>& intervals) {
  Json json = Json::array();
  for (const spec::Interval& interval : intervals) {
    json.push_back({{"metric", interval.metric},
                    {"low", json_number(interval.low)},
                    {"high", json_number(interval.high)},
                    {"confidence", json_number(interval.confidence)}});
  }
  return json;
}

Json replication_json(const spec::Replication& replication) {
  return {{"replicates", replication.replicates},
          {"confidence", json_number(replication.confidence)},
          {"truncated_share", json_number(replication.truncated_share)},
          {"overloaded", replication.overloaded}};
}

// A list, as the intervals are: numbers that `kvsim compare` does not set beside each other.
Json steady_state_json(const spec::SteadyState& state) {
  if (!state.why_not.empty()) {
    return {{"why_not", state.why_not}};
  }
  Json statistics = Json::array();
  for (const spec::SteadyStatistic& each : state.statistics) {
    statistics.push_back({{"metric", each.metric},
                          {"value", json_number(each.value)},
                          {"low", json_number(each.low)},
                          {"high", json_number(each.high)}});
  }
  return {{"why_not", nullptr},
          {"confidence", json_number(state.confidence)},
          {"warm_up_requests", state.warm_up_requests},
          {"warm_up_s", json_number(to_seconds(state.warm_up).value())},
          {"judged_requests", state.judged_requests},
          {"one_in", state.one_in},
          {"statistics", std::move(statistics)}};
}

Json refusals_json(const std::vector<spec::Refusal>& refusals) {
  Json json = Json::array();
  for (const spec::Refusal& refusal : refusals) {
    json.push_back({{"request_id", refusal.id.value()}, {"reason", refusal.reason}});
  }
  return json;
}

Json run_json(const RunResult& run) {
  Json overrides = Json::object();
  for (const auto& [key, value] : run.spec.overrides) {
    overrides[key] = value;
  }
  Json json = Json::object();
  json["id"] = run.spec.id;
  json["variant"] = run.spec.variant;
  json["overrides"] = std::move(overrides);
  json["metrics"] = metrics_json(run);
  json["memory"] = memory_json(run.memory);
  json["bandwidth"] = bandwidth_json(run.bandwidth);
  if (!run.pools.empty()) {
    json["pools"] = pools_json(run.pools);
  }
  json["kv_cache_over_time"] = kv_series_json(run.kv_series);
  if (run.cost) {
    json["cost"] = cost_json(*run.cost, run.metrics);
  }
  if (run.offered) {
    json["offered_rate"] = offered_rate_json(*run.offered);
  }
  if (run.prefix_curve) {
    json["prefix_cache"] = prefix_curve_json(*run.prefix_curve);
  }
  if (run.step_profile) {
    json["step_profile"] = step_profile_json(*run.step_profile);
  }
  json["provenance"] = provenance_json(run);
  json["intervals"] = intervals_json(run.intervals);
  if (run.replication) {
    json["replication"] = replication_json(*run.replication);
  }
  if (run.steady_state) {
    json["steady_state"] = steady_state_json(*run.steady_state);
  }
  json["notes"] = run.notes;
  json["refusals"] = refusals_json(run.refusals);
  return json;
}

}  // namespace

std::string result_json(const StudyResults& results) { return result_json(results, KVSIM_VERSION); }

std::string result_json(const StudyResults& results, std::string_view kvsim_version) {
  Json json = Json::object();
  json["schema_version"] = kResultSchemaVersion;
  json["study"] = results.study;
  json["kvsim_version"] = kvsim_version;
  json["runs"] = Json::array();
  for (const RunResult& run : results.runs) {
    json["runs"].push_back(run_json(run));
  }
  return json_text(json);
}

}  // namespace kvsim::report
