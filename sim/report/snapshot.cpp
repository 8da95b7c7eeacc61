#include "sim/report/snapshot.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "kvsim_version.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/report/json_optional.hpp"
#include "sim/report/json_time.hpp"
#include "sim/report/resolved_spec.hpp"
#include "sim/report/snapshot_plan.hpp"

// One line per struct: nlohmann writes and reads the members that are named.
NLOHMANN_JSON_NAMESPACE_BEGIN

template <class Tag, class Rep>
struct adl_serializer<kvsim::Quantity<Tag, Rep>> {
  static void to_json(json& j, const kvsim::Quantity<Tag, Rep>& value) { j = value.value(); }
  static void from_json(const json& j, kvsim::Quantity<Tag, Rep>& value) {
    value = kvsim::Quantity<Tag, Rep>(j.get<Rep>());
  }
};

template <class Tag, class Rep>
struct adl_serializer<kvsim::Id<Tag, Rep>> {
  static void to_json(json& j, const kvsim::Id<Tag, Rep>& value) { j = value.value(); }
  static void from_json(const json& j, kvsim::Id<Tag, Rep>& value) {
    value = kvsim::Id<Tag, Rep>(j.get<Rep>());
  }
};

NLOHMANN_JSON_NAMESPACE_END

namespace kvsim {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SourcePlace, file, line, column)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Diagnostic, severity, place, message, path, source_line, notes)
}  // namespace kvsim

namespace kvsim::spec {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PercentilePoint, percent, ms)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(LatencySummary, count, mean, median, p90, p95, p99, p99_9, std,
                                   exact, percentiles)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    RunMetrics, ttft, tpot, itl, e2el, queue, duration, completed, refused, skipped_lines,
    failed_requests, total_input_tokens, total_output_tokens, request_throughput, request_goodput,
    output_throughput, total_token_throughput, max_concurrent_requests, max_running_requests,
    kv_cache_usage_mean, kv_cache_usage_p99, kv_cache_usage_max, num_preemptions,
    requests_with_content, prefix_cache_queries, prefix_cache_hits, prefix_cache_hit_rate,
    prefix_cache_block_hit_rate, num_steps, computed_tokens, hbm_bytes_read, weight_bytes_read,
    kv_bytes_read, time_in, time_by_provenance, prompt_time, time_truncated, stability)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KvSample, used, kept, running, waiting, preemptions)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(KvSeries, interval, samples)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PrefixCurve::Point, capacity_tokens, hit_rate)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PrefixCurve, requests, points, capacity_tokens,
                                   hit_rate_at_capacity, ideal_hit_rate, enough_tokens)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StepPoint, batch, context, time_in)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OperatorPoint, op, flops, bytes, time, bound, provenance)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StepProfile, batch, context, by_batch, by_context, operators,
                                   peak_flops, peak_bytes_per_s, peak_dtype, compute_bound_batch)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(HbmBudget, total, requested, weights, peak_activation, non_torch,
                                   cuda_graphs, available_kv, kv_bytes_per_token,
                                   kv_bytes_per_sequence_constant, kv_bytes_per_token_per_gpu,
                                   block_bytes, num_gpu_blocks, usable_blocks, blocks_per_sequence,
                                   kv_cache_tokens, max_model_len, max_concurrency)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BandwidthReport, peak_per_gpu, hbm_utilization,
                                   hbm_utilization_busy)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(GpuPrice, gpu_hour, currency, as_of)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Bill, price, per_hour, total, per_million_input,
                                   per_million_output, per_million_all, per_million_computed_input,
                                   per_million_answered, saved_by_cache)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(EnergyReport, provenance, idle_counted, joules, mean_watts,
                                   joules_per_output_token, joules_per_token)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CostReport, gpus, gpu_hours, bill, energy)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RateWindow, start, requests, rate, prompt_tokens, output_tokens)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OfferedRate, window, windows, mean_rate, peak_rate, peak_start)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CardUse, card, op, provenance, source, time, mean_error)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Interval, metric, low, high, confidence)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Replication, replicates, confidence, truncated_share, overloaded,
                                   completed, computed_tokens)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SteadyStatistic, metric, value, low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SteadyState, why_not, confidence, warm_up_requests, warm_up,
                                   judged_requests, one_in, statistics)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Refusal, id, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(InputFile, path, sha256)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DrawnChart, title, hint, data, mark, x, y, color, log, vega_lite)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunFilter, column, is, at_least, at_most)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReportSection, title, text, charts, draw, tables, columns, sort,
                                   define, where, folded)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReportTemplate, headline, sections)  // no path of a machine
}  // namespace kvsim::spec

namespace kvsim::report {
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Asked, sets, seed, replicates, confidence, skip_bad_lines, page,
                                   command)

namespace {

using nlohmann::json;

constexpr int kSnapshotVersion = 3;

// What names a run is no part of its resolved study.
json spec_of(const spec::RunSpec& run) {
  return {{"id", run.id},
          {"variant", run.variant},
          {"overrides", run.overrides},
          {"seed", run.seed},
          {"resolved", resolved_json(run)}};
}

spec::RunSpec spec_from(const json& j, const SpecReader& read_spec) {
  spec::RunSpec run = read_spec(j.at("resolved").dump());
  j.at("id").get_to(run.id);
  j.at("variant").get_to(run.variant);
  j.at("overrides").get_to(run.overrides);
  j.at("seed").get_to(run.seed);
  return run;
}

json pools_of(const spec::RunResult& run) {
  json pools = json::array();
  for (const spec::PoolResult& pool : run.pools) {
    pools.push_back({{"metrics", pool.metrics},
                     {"memory", pool.memory},
                     {"bandwidth", pool.bandwidth},
                     {"cost", pool.cost}});
  }
  return pools;
}

std::vector<spec::PoolResult> read_pools(const json& j, const spec::RunSpec& run) {
  std::vector<spec::PoolResult> pools;
  for (std::size_t i = 0; i < run.pools.size(); ++i) {
    spec::PoolResult pool;
    pool.name = run.pools[i].name;
    pool.spec = spec::by_pool(run)[i];
    j.at(i).at("metrics").get_to(pool.metrics);
    j.at(i).at("memory").get_to(pool.memory);
    j.at(i).at("bandwidth").get_to(pool.bandwidth);
    j.at(i).at("cost").get_to(pool.cost);
    pools.push_back(std::move(pool));
  }
  return pools;
}

json json_of_outcome(const spec::RunResult& run) {
  return {{"metrics", run.metrics},
          {"memory", run.memory},
          {"bandwidth", run.bandwidth},
          {"pools", pools_of(run)},
          {"kv_series", run.kv_series},
          {"cost", run.cost},
          {"offered", run.offered},
          {"prefix_curve", run.prefix_curve},
          {"step_profile", run.step_profile},
          {"cards", run.cards},
          {"intervals", run.intervals},
          {"replication", run.replication},
          {"steady_state", run.steady_state},
          {"refusals", run.refusals},
          {"notes", run.notes}};
}

spec::RunResult read_outcome(const json& j, spec::RunSpec run_spec) {
  spec::RunResult run;
  run.spec = std::move(run_spec);
  j.at("metrics").get_to(run.metrics);
  j.at("memory").get_to(run.memory);
  j.at("bandwidth").get_to(run.bandwidth);
  run.pools = read_pools(j.at("pools"), run.spec);
  j.at("kv_series").get_to(run.kv_series);
  j.at("cost").get_to(run.cost);
  j.at("offered").get_to(run.offered);
  j.at("prefix_curve").get_to(run.prefix_curve);
  j.at("step_profile").get_to(run.step_profile);
  j.at("cards").get_to(run.cards);
  j.at("intervals").get_to(run.intervals);
  j.at("replication").get_to(run.replication);
  j.at("steady_state").get_to(run.steady_state);
  j.at("refusals").get_to(run.refusals);
  j.at("notes").get_to(run.notes);
  return run;
}

std::string text_of(const json& j) {
  return j.dump(-1, ' ', false, json::error_handler_t::replace);
}

// A plan, with the run of its winner.
json plan_of(const spec::PlanAnswer& answer) {
  json j = snapshot_of_plan(answer);
  j["run"] = answer.run ? spec_of(*answer.run) : json(nullptr);
  return j;
}

spec::PlanAnswer read_plan(const json& j, const SpecReader& read_spec) {
  spec::PlanAnswer answer = plan_from_snapshot(j);
  if (!j.at("run").is_null()) {
    answer.run = spec_from(j.at("run"), read_spec);
  }
  return answer;
}

constexpr const char* kWayOut = "simulate again: kvsim run STUDY.yaml --out DIR";

}  // namespace

std::string snapshot_json(const Snapshot& snapshot) {
  json j = {{"snapshot_version", kSnapshotVersion},
            {"kvsim_version", KVSIM_VERSION},
            {"study", snapshot.results.study},
            {"warnings", snapshot.results.warnings},
            {"page", snapshot.page},
            {"inputs", snapshot.inputs},
            {"asked", snapshot.asked},
            {"runs", json::array()}};
  for (const spec::RunResult& run : snapshot.results.runs) {
    json each = spec_of(run.spec);
    each.update(json_of_outcome(run));
    j["runs"].push_back(std::move(each));
  }
  for (const spec::PlanAnswer& answer : snapshot.results.plans) {
    j["plans"].push_back(plan_of(answer));
  }
  return text_of(j) + '\n';
}

Snapshot read_snapshot(const std::string& file, std::string_view text,
                       const SpecReader& read_spec) {
  try {
    const json j = json::parse(text);
    if (j.at("snapshot_version") != kSnapshotVersion) {
      refuse_input({file},
                   fmt::format("was written by kvsim {}, and this is kvsim {}",
                               j.value("kvsim_version", "?"), KVSIM_VERSION),
                   {kWayOut});
    }
    Snapshot snapshot;
    j.at("study").get_to(snapshot.results.study);
    j.at("warnings").get_to(snapshot.results.warnings);
    j.at("page").get_to(snapshot.page);
    j.at("inputs").get_to(snapshot.inputs);
    j.at("asked").get_to(snapshot.asked);
    for (const json& run : j.at("runs")) {
      snapshot.results.runs.push_back(read_outcome(run, spec_from(run, read_spec)));
    }
    for (const json& plan : j.value("plans", json::array())) {
      snapshot.results.plans.push_back(read_plan(plan, read_spec));
    }
    return snapshot;
  } catch (const json::exception& error) {
    refuse_input({file}, fmt::format("is not what kvsim wrote: {}", error.what()), {kWayOut});
  }
}

std::string spec_text(const spec::RunSpec& run) { return text_of(spec_of(run)); }

std::string card_text(const spec::CardSpec& card) { return text_of(resolved_json(card)); }

std::string outcome_text(const spec::RunResult& run) {
  json j = json_of_outcome(run);
  j["wall_seconds"] = run.wall_seconds;
  return text_of(j);
}

std::optional<spec::RunResult> read_outcome_text(std::string_view text, const spec::RunSpec& run) {
  try {
    const json j = json::parse(text);
    spec::RunResult result = read_outcome(j, run);
    j.at("wall_seconds").get_to(result.wall_seconds);
    return result;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

}  // namespace kvsim::report
