#include "sim/spec/study.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace kvsim::spec {

namespace {

RunSpec alone(const RunSpec& run, const PoolSpec& pool) {
  RunSpec one = run;
  one.id += '/' + pool.name;
  one.pools.clear();
  one.cluster.gpu = pool.gpu;
  one.cluster.replicas = pool.replicas;
  one.cluster.startup_delay = pool.startup_delay;
  one.engine = pool.engine;
  set_price(one);
  return one;
}

// What an hour of all GPUs costs, over all GPUs; nothing unless all have a price.
std::optional<GpuPrice> mean_price(const RunSpec& run) {
  GpuPrice mean;
  for (const RunSpec& pool : by_pool(run)) {
    if (!pool.price) {
      return std::nullopt;
    }
    const double hour = mean.gpu_hour + *cost_per_hour(pool);
    mean = *pool.price;
    mean.gpu_hour = hour;
  }
  mean.gpu_hour /= static_cast<double>(num_gpus(run));
  return mean;
}

}  // namespace

std::vector<RunSpec> by_pool(const RunSpec& run) {
  if (run.pools.empty()) {
    return {run};
  }
  std::vector<RunSpec> all;
  for (const PoolSpec& pool : run.pools) {
    all.push_back(alone(run, pool));
  }
  return all;
}

std::vector<std::size_t> pools_of_replicas(const std::vector<RunSpec>& pools) {
  std::vector<std::size_t> order(pools.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return pools[a].cluster.startup_delay < pools[b].cluster.startup_delay;
  });
  std::vector<std::size_t> pool_of;
  for (const std::size_t pool : order) {
    pool_of.insert(pool_of.end(), static_cast<std::size_t>(pools[pool].cluster.replicas), pool);
  }
  return pool_of;
}

RunSpec join_pools(const std::vector<std::pair<std::string, RunSpec>>& alone) {
  RunSpec run = alone.front().second;
  if (alone.size() == 1) {
    return run;
  }
  run.cluster.replicas = 0;
  for (const auto& [name, pool] : alone) {
    run.cluster.replicas += pool.cluster.replicas;
    run.pools.push_back(
        {name, pool.cluster.gpu, pool.cluster.replicas, pool.cluster.startup_delay, pool.engine});
  }
  set_price(run);
  return run;
}

void set_price(RunSpec& run) {
  run.price = run.pools.empty() ? price_of(run.prices, run.cluster.gpu.name) : mean_price(run);
}

std::int64_t num_gpus(const RunSpec& run) {
  if (run.pools.empty()) {
    return run.cluster.replicas * run.engine.tensor_parallel_size;
  }
  std::int64_t gpus = 0;
  for (const PoolSpec& pool : run.pools) {
    gpus += pool.replicas * pool.engine.tensor_parallel_size;
  }
  return gpus;
}

std::optional<double> cost_per_hour(const RunSpec& run) {
  return run.price ? std::optional(static_cast<double>(num_gpus(run)) * run.price->gpu_hour)
                   : std::nullopt;
}

void describe(FieldVisitor& visitor, ClusterSpec& cluster) {
  visitor.group(required("gpu", "a name in configs/gpus, a path, or the figures themselves"),
                cluster.gpu);
  visitor.field(at_least(optional("replicas", "engines that serve side by side"), 1),
                cluster.replicas);
  visitor.choice_of(optional("router", "who gets the next request"), kRouterNames, cluster.router);
  visitor.field(at_least(optional("view_interval",
                                  "least_kv: how often replicas report their blocks; 0: always "
                                  "as they are"),
                         0),
                cluster.view_interval);
  visitor.field(at_most(at_least(optional("prefix_match_threshold",
                                          "prefix_aware: share of the prompt that a replica must "
                                          "have been sent before to be preferred"),
                                 0),
                        1),
                cluster.prefix_match_threshold);
  visitor.field(at_least(optional("balance_abs_threshold",
                                  "prefix_aware: load decides where the most and the fewest "
                                  "outstanding requests differ by more, and by the next as well"),
                         0),
                cluster.balance_abs_threshold);
  visitor.field(at_least(optional("balance_rel_threshold",
                                  "prefix_aware: and the most are more than so many times the "
                                  "fewest"),
                         1),
                cluster.balance_rel_threshold);
  visitor.field(at_least(optional("startup_delay",
                                  "until replicas take requests: weights are loaded, graphs "
                                  "captured; earlier requests wait at the router"),
                         0),
                cluster.startup_delay);
}

void describe(FieldVisitor& visitor, LatencyLimit& limit) {
  visitor.optional_field(above(optional("mean", "limit on the mean"), 0), limit.mean);
  visitor.optional_field(above(optional("median", "limit on the median"), 0), limit.median);
  visitor.optional_field(above(optional("p90", "limit on the 90th percentile"), 0), limit.p90);
  visitor.optional_field(above(optional("p95", "limit on the 95th percentile"), 0), limit.p95);
  visitor.optional_field(above(optional("p99", "limit on the 99th percentile"), 0), limit.p99);
}

void describe(FieldVisitor& visitor, SloSpec& slo) {
  if (visitor.present(optional("name", "what these limits are called"), !slo.name.empty())) {
    visitor.field(optional("name", "what these limits are called"), slo.name);
  }
  if (visitor.present(optional("source", "where these limits come from"), !slo.source.empty())) {
    visitor.field(optional("source", "where these limits come from"), slo.source);
  }
  visitor.optional_group(optional("ttft", "time to first token"), slo.ttft);
  visitor.optional_group(optional("tpot", "time per output token after the first"), slo.tpot);
  visitor.optional_group(optional("e2el", "end-to-end latency"), slo.e2el);
}

void describe(FieldVisitor& visitor, ReportSpec& report) {
  visitor.field(
      optional("template",
               "a name in reports/templates or a path; absent: single-run, "
               "attention-variants or sweep, as the study has runs; of kvsim plan: capacity"),
      report.template_name);
}

void describe(FieldVisitor& visitor, RunSpec& run) {
  visitor.group(required("model", "a name in configs/models, a path, or the shape itself"),
                run.model);
  visitor.group(required("cluster", "the GPUs and how replicas share the requests"), run.cluster);
  visitor.group(required("engine", "how one replica is served"), run.engine);
  visitor.group(required("workload", "which requests arrive"), run.workload);
  visitor.group(optional("slo", "latency limits: a name in configs/slos, or the limits themselves"),
                run.slo);
  visitor.optional_group(optional("prices", "what GPUs cost, so that reports can speak of money"),
                         run.prices);
  set_price(run);
}

}  // namespace kvsim::spec
