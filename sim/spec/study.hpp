// A study after every name is looked up and every override applied: the runs to simulate.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/spec/card.hpp"
#include "sim/spec/engine.hpp"
#include "sim/spec/gpu.hpp"
#include "sim/spec/model.hpp"
#include "sim/spec/prices.hpp"
#include "sim/spec/report_template.hpp"
#include "sim/spec/workload.hpp"

namespace kvsim::spec {

enum class Router {
  RoundRobin,
  LeastOutstanding,
  Random,
  PowerOfTwo,
  Session,
  LeastKv,
  PrefixAware
};
inline constexpr std::array<std::string_view, 7> kRouterNames = {
    "round_robin", "least_outstanding", "random",      "power_of_two",
    "session",     "least_kv",          "prefix_aware"};

struct ClusterSpec {
  GpuSpec gpu;
  std::int64_t replicas = 1;
  Router router = Router::LeastOutstanding;
  Duration view_interval{};  ///< between two reports of a replica to the router; 0: always exact
  double prefix_match_threshold = 0.5;      ///< SGLang's cache_threshold at first; later 0.3
  std::int64_t balance_abs_threshold = 64;  ///< SGLang's router: requests
  double balance_rel_threshold = 1.5;       ///< SGLang's router: most over fewest
  Duration startup_delay{};                 ///< from time 0 until replicas take requests
};

/// Replicas that are like each other in a cluster of several kinds.
struct PoolSpec {
  std::string name;
  GpuSpec gpu;
  std::int64_t replicas = 1;
  Duration startup_delay{};
  EngineSpec engine;
};

/// A limit on one metric, per statistic. For goodput each request must stay below all of them.
struct LatencyLimit {
  std::optional<Duration> mean;
  std::optional<Duration> median;
  std::optional<Duration> p90;
  std::optional<Duration> p95;
  std::optional<Duration> p99;
};

struct SloSpec {
  std::string name{};    ///< of a file in configs/slos; empty: the study's own limits
  std::string source{};  ///< where they come from; empty: the study's own
  std::optional<LatencyLimit> ttft;
  std::optional<LatencyLimit> tpot;
  std::optional<LatencyLimit> e2el;
};

struct ReportSpec {
  std::string template_name;  ///< in reports/templates, or a path; empty: by the shape of the study
};

/// One throw of the dice over what the cards may be off by (cost/price_spread.hpp).
struct PriceDraw {
  std::uint64_t seed = 0;
  std::uint64_t index = 0;
};

/// Everything one simulation needs, and nothing else: same RunSpec, same result.
struct RunSpec {
  std::string id;       ///< unique in its study, a file-name-safe word
  std::string variant;  ///< name of the variant; "base" without variants
  std::vector<std::pair<std::string, std::string>> overrides;  ///< dotted key, value as written
  ModelSpec model;
  ClusterSpec cluster;
  EngineSpec engine;
  /// Two or more, or none where all replicas are alike. With pools, `cluster` has the gpu and the
  /// startup_delay of the first and the replicas of all; `engine` is the first one's.
  std::vector<PoolSpec> pools{};
  WorkloadSpec workload;
  SloSpec slo;
  std::uint64_t seed = 0;
  std::optional<PriceDraw> draw{};    ///< for error bars; absent: prices as the cards say
  std::optional<PriceSpec> prices{};  ///< money for GPUs, as the study lists it
  /// Of one GPU, of pools on average; out of that list by set_price(), which describe() calls.
  std::optional<GpuPrice> price{};
};

/// The run as if each of its pools were alone, in their order, with ids such as "base/old"; the run
/// itself without pools.
[[nodiscard]] std::vector<RunSpec> by_pool(const RunSpec& run);
/// Which of them each replica belongs to. Replicas are numbered in the order in which they get
/// ready, those ready at once in the order of the pools.
[[nodiscard]] std::vector<std::size_t> pools_of_replicas(const std::vector<RunSpec>& pools);
/// The run whose pools are these, by name; they agree in all but their replicas. A single one is no
/// pool: its run as it is. Requires: at least one.
[[nodiscard]] RunSpec join_pools(const std::vector<std::pair<std::string, RunSpec>>& alone);
void set_price(RunSpec& run);

/// All GPUs of the cluster: replicas · tensor_parallel_size (pipeline and data parallelism are
/// refused by the engine for now).
[[nodiscard]] std::int64_t num_gpus(const RunSpec& run);
/// What all of them cost, used or not, in the currency of `run.price`; nothing without a price.
[[nodiscard]] std::optional<double> cost_per_hour(const RunSpec& run);

struct InputFile {
  std::string path;    ///< as the study names it
  std::string sha256;  ///< of its bytes, hexadecimal
};

struct StudySpec {
  std::string name;
  ReportSpec report;
  ReportTemplate page;  ///< the template that `report` names
  std::vector<RunSpec> runs;
  std::vector<CardSpec> cards;       ///< every card that was found
  std::vector<Diagnostic> warnings;  ///< notes and warnings of the loader
  std::vector<InputFile> inputs;     ///< the study and every file it pulled in
};

void describe(FieldVisitor& visitor, ClusterSpec& cluster);
void describe(FieldVisitor& visitor, LatencyLimit& limit);
void describe(FieldVisitor& visitor, SloSpec& slo);
void describe(FieldVisitor& visitor, ReportSpec& report);
/// model, cluster, engine, workload, slo and prices: what a variant may override.
void describe(FieldVisitor& visitor, RunSpec& run);

}  // namespace kvsim::spec
