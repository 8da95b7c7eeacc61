// Replicas of unlike kinds behind one router.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "shapes.hpp"
#include "sim/cluster/run_cost.hpp"
#include "simulated.hpp"

namespace kvsim::cluster {
namespace {

using spec::Router;

std::vector<Router> all_routers() {
  std::vector<Router> routers;
  for (std::size_t i = 0; i < spec::kRouterNames.size(); ++i) {
    routers.push_back(static_cast<Router>(i));
  }
  return routers;
}

std::vector<std::int64_t> replicas_of(const Outcome& outcome) {
  std::vector<std::int64_t> replicas;
  for (const spec::RequestRecord& record : outcome.records) {
    replicas.push_back(record.replica.value());
  }
  return replicas;
}

// One request every `interval` ms.
spec::RunSpec in_turn(std::int64_t requests, double interval) {
  spec::RunSpec run = test::tiny_run(requests, 10, 5);
  run.workload.arrivals =
      spec::ArrivalSpec{spec::ArrivalProcess::Constant, PerSecond(1e3 / interval), 1};
  return run;
}

spec::RunSpec with_replicas(spec::RunSpec run, std::int64_t replicas) {
  run.cluster.replicas = replicas;
  return run;
}

// Two and one are three, whoever deals out: the same replicas get the same requests at the same
// times, and the run as a whole says the same.
TEST(Pools, AlikeAreOneCluster) {
  for (const Router router : all_routers()) {
    spec::RunSpec run = in_turn(200, 0.7);
    run.cluster.router = router;
    run.engine.max_num_seqs = 2;
    const Outcome one = simulated(with_replicas(run, 3));
    const Outcome two =
        simulated(spec::join_pools({{"a", with_replicas(run, 2)}, {"b", with_replicas(run, 1)}}));
    EXPECT_EQ(replicas_of(two), replicas_of(one));
    for (std::size_t i = 0; i < one.records.size(); ++i) {
      EXPECT_EQ(two.records[i].ttft, one.records[i].ttft);
      EXPECT_EQ(two.records[i].e2el, one.records[i].e2el);
    }
    const spec::RunMetrics& a = one.result.metrics;
    const spec::RunMetrics& b = two.result.metrics;
    EXPECT_EQ(b.time_in, a.time_in);
    EXPECT_EQ(b.hbm_bytes_read, a.hbm_bytes_read);
    EXPECT_EQ(b.kv_cache_usage_mean, a.kv_cache_usage_mean);
    EXPECT_EQ(b.kv_cache_usage_p99, a.kv_cache_usage_p99);
    EXPECT_EQ(b.itl.p99, a.itl.p99);
    EXPECT_EQ(b.stability, a.stability);
  }
}

TEST(Pools, OneIsNoPool) {
  const spec::RunSpec run = with_replicas(in_turn(10, 1), 3);
  const spec::RunSpec joined = spec::join_pools({{"only", run}});
  EXPECT_TRUE(joined.pools.empty());
  EXPECT_EQ(joined.cluster.replicas, 3);
  EXPECT_EQ(joined.id, run.id);
}

// 2 replicas of TP 4 and 3 of TP 1: 11 GPUs. 8 of them at 4.00 and 3 at 2.00 an hour are 38.00, on
// average 38 / 11.
TEST(Pools, AllGpusAreCountedAndPaidFor) {
  spec::RunSpec big = with_replicas(in_turn(1, 1), 2);
  big.cluster.gpu.name = "big";
  big.engine.tensor_parallel_size = 4;
  big.prices = spec::PriceSpec{"2026-11-01", "EUR", {{"big", 4.0}, {"small", 2.0}}};
  spec::RunSpec small = with_replicas(big, 3);
  small.cluster.gpu.name = "small";
  small.engine.tensor_parallel_size = 1;
  const spec::RunSpec run = spec::join_pools({{"new", big}, {"old", small}});
  EXPECT_EQ(run.cluster.replicas, 5);
  EXPECT_EQ(spec::num_gpus(run), 11);
  EXPECT_DOUBLE_EQ(run.price->gpu_hour, 38.0 / 11);
  EXPECT_DOUBLE_EQ(*spec::cost_per_hour(run), 38.0);
  const std::vector<spec::RunSpec> pools = spec::by_pool(run);
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[1].id, run.id + "/old");
  EXPECT_EQ(pools[1].price->gpu_hour, 2.0);
  EXPECT_EQ(spec::num_gpus(pools[1]), 3);

  big.prices->gpu_hour.erase("small");
  small.prices = big.prices;
  EXPECT_FALSE(spec::join_pools({{"new", big}, {"old", small}}).price);
}

// Half an hour. Pool a: 2 GPUs at 4.00: 4.00, all of it busy with prompts. Pool b: 2 GPUs at 2.00:
// 2.00, half of its busy time for prompts. Together 6.00, of it 5.00 for 5 M computed input tokens
// and 1.00 for 2 M answered ones: 1.00 and 0.50 a million.
TEST(Pools, ShareTheBillByTheirOwnTime) {
  const auto pool = [](double price, Duration of_prompts) {
    spec::PoolResult one;
    one.spec.engine.tensor_parallel_size = 2;
    one.spec.price = spec::GpuPrice{price, "EUR", "2026-11-01"};
    one.spec.cluster.gpu.tdp = Watts(500);
    one.metrics.duration = to_duration(Seconds(1800));
    one.metrics.time_in[static_cast<std::size_t>(spec::TimeBucket::Weights)] = one.metrics.duration;
    one.metrics.prompt_time = of_prompts;
    one.cost = cost_report(one.spec, one.metrics);
    return one;
  };
  const std::vector<spec::PoolResult> pools = {pool(4, to_duration(Seconds(1800))),
                                               pool(2, to_duration(Seconds(900)))};
  spec::RunSpec run = spec::join_pools({{"a", pools[0].spec}, {"b", pools[1].spec}});
  run.price = spec::GpuPrice{3, "EUR", "2026-11-01"};
  spec::RunMetrics all;
  all.duration = to_duration(Seconds(1800));
  all.total_input_tokens = 5'000'000;
  all.total_output_tokens = 2'000'000;
  const spec::CostReport cost = cost_report(run, all, pools);
  EXPECT_EQ(cost.gpus, 4);
  EXPECT_DOUBLE_EQ(cost.gpu_hours, 2.0);
  EXPECT_DOUBLE_EQ(cost.bill->total, 6.0);
  EXPECT_DOUBLE_EQ(*cost.bill->per_million_computed_input, 1.0);
  EXPECT_DOUBLE_EQ(*cost.bill->per_million_answered, 0.5);
  EXPECT_DOUBLE_EQ(cost.energy->joules, 4 * 500.0 * 1800);
  EXPECT_FALSE(cost.energy->idle_counted);
}

// Every request holds two blocks of 16 tokens for its 15 steps of 1 ms: a fifth of the small pool,
// a fiftieth of the large. The first, at 2 ms, finds both empty. Until it ends at 17 ms, the large
// one has the smaller share with all seven that come in between; the one at 18 ms finds the small
// one empty again.
TEST(Pools, LeastKvComparesShares) {
  spec::RunSpec small = in_turn(10, 2);
  small.cluster.router = Router::LeastKv;
  small.workload.lengths = spec::LengthsSpec{test::fixed(17), test::fixed(15), std::nullopt};
  small.engine.async_scheduling = false;
  small.engine.block_size = 16;
  small.engine.max_model_len = 32;
  small.engine.num_gpu_blocks_override = 11;
  spec::RunSpec large = small;
  large.engine.num_gpu_blocks_override = 101;
  const Outcome outcome = simulated(spec::join_pools({{"small", small}, {"large", large}}));
  EXPECT_EQ(replicas_of(outcome), (std::vector<std::int64_t>{0, 1, 1, 1, 1, 1, 1, 1, 0, 1}));
}

// The second pool is ready at once, so its replicas are 0 and 1; those of the first take requests
// from 30 ms on. A request arrives each 2 ms from 2 ms on, the 15th at 30 ms.
TEST(Pools, NobodyGetsRequestsBeforeItIsReady) {
  for (const Router router : all_routers()) {
    spec::RunSpec early = with_replicas(in_turn(60, 2), 2);
    early.cluster.router = router;
    spec::RunSpec late = with_replicas(early, 1);
    late.cluster.startup_delay = ms(30);
    const Outcome outcome = simulated(spec::join_pools({{"late", late}, {"early", early}}));
    ASSERT_EQ(outcome.records.size(), 60U);
    std::map<std::int64_t, std::int64_t> served;
    for (const spec::RequestRecord& record : outcome.records) {
      ++served[record.replica.value()];
      if (record.replica.value() == 2) {
        EXPECT_GE(record.arrival, SimTime() + ms(30)) << static_cast<int>(router);
      }
    }
    EXPECT_EQ(outcome.result.pools[0].name, "late");
    EXPECT_EQ(outcome.result.pools[0].metrics.completed, served[2]);
    EXPECT_EQ(outcome.result.pools[1].metrics.completed, served[0] + served[1]);
  }
}

// One after the other: request 14, at 30 ms, is dealt out when there are two, and its turn comes to
// the first of them as that of a third replica only follows.
TEST(Pools, RoundRobinGoesOnWithThoseThatGotReady) {
  spec::RunSpec early = in_turn(18, 2);
  early.cluster.router = Router::RoundRobin;
  spec::RunSpec late = early;
  late.cluster.startup_delay = ms(30);
  const Outcome outcome = simulated(spec::join_pools({{"early", early}, {"late", late}}));
  EXPECT_EQ(replicas_of(outcome),
            (std::vector<std::int64_t>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1}));
}

// Round robin sends every second request of 15 tokens to the pool that takes 14.
TEST(Pools, RefusalsOfOnePoolAreTold) {
  spec::RunSpec takes = in_turn(10, 20);
  takes.cluster.router = Router::RoundRobin;
  takes.engine.max_model_len = 100;
  spec::RunSpec refuses = takes;
  refuses.engine.max_model_len = 14;
  const Outcome outcome = simulated(spec::join_pools({{"long", takes}, {"short", refuses}}));
  EXPECT_EQ(outcome.refused, 5U);
  EXPECT_EQ(outcome.result.pools[0].metrics.refused, 0);
  EXPECT_EQ(outcome.result.pools[1].metrics.refused, 5);
  EXPECT_EQ(outcome.result.notes.back(),
            "5 of the requests that were refused would have fit into another pool: the router does "
            "not look at lengths.");
}

RC_GTEST_PROP(Pools, AddUpToTheRun, ()) {
  const auto between = [](std::int64_t low, std::int64_t high) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(low, high + 1));
  };
  spec::RunSpec run = in_turn(between(1, 80), 0.3);
  run.cluster.router = *rc::gen::elementOf(all_routers());
  run.engine.max_model_len = 64;
  std::vector<std::pair<std::string, spec::RunSpec>> pools;
  for (std::int64_t i = 0; i < 3; ++i) {
    spec::RunSpec pool = with_replicas(run, between(1, 2));
    pool.engine.max_num_seqs = between(1, 8);
    pool.engine.num_gpu_blocks_override = between(10, 100);
    pool.cluster.startup_delay = ms(between(0, 3) * 5);
    pools.emplace_back(std::string(1, static_cast<char>('a' + i)), pool);
  }
  const Outcome outcome = simulated(spec::join_pools(pools));
  const spec::RunMetrics& all = outcome.result.metrics;
  spec::RunMetrics sum;
  double joules = 0;
  for (const spec::PoolResult& pool : outcome.result.pools) {
    const spec::RunMetrics& one = pool.metrics;
    RC_ASSERT(one.ttft.count == one.completed);
    sum.completed += one.completed;
    sum.total_output_tokens += one.total_output_tokens;
    sum.num_steps += one.num_steps;
    sum.computed_tokens += one.computed_tokens;
    sum.num_preemptions += one.num_preemptions;
    sum.hbm_bytes_read += one.hbm_bytes_read;
    for (std::size_t i = 0; i < sum.time_in.size(); ++i) {
      sum.time_in[i] += one.time_in[i];
    }
    joules += pool.cost.energy ? pool.cost.energy->joules : 0;
    RC_ASSERT(one.kv_cache_usage_max <= all.kv_cache_usage_max);
    RC_ASSERT(one.duration == all.duration);
  }
  RC_ASSERT(sum.completed == all.completed);
  RC_ASSERT(sum.total_output_tokens == all.total_output_tokens);
  RC_ASSERT(sum.num_steps == all.num_steps);
  RC_ASSERT(sum.computed_tokens == all.computed_tokens);
  RC_ASSERT(sum.num_preemptions == all.num_preemptions);
  RC_ASSERT(sum.hbm_bytes_read == all.hbm_bytes_read);
  RC_ASSERT(sum.time_in == all.time_in);
  RC_ASSERT(!outcome.result.cost->energy || joules == outcome.result.cost->energy->joules);
}

}  // namespace
}  // namespace kvsim::cluster
