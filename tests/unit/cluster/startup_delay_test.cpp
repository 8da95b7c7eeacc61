#include <gtest/gtest.h>

#include <algorithm>

#include "shapes.hpp"
#include "simulated.hpp"

namespace kvsim::cluster {
namespace {

spec::RunSpec on_two_replicas(std::int64_t requests) {
  spec::RunSpec run = test::tiny_run(requests, 10, 5);
  run.cluster.replicas = 2;
  return run;
}

// All are there at the start, so a delay of 90 ms moves everything by 90 ms.
TEST(StartupDelay, MovesARunThatWaitsForIt) {
  spec::RunSpec run = on_two_replicas(9);
  run.engine.max_num_seqs = 2;
  const Outcome warm = simulated(run);
  run.cluster.startup_delay = ms(90);
  const Outcome cold = simulated(run);
  ASSERT_EQ(cold.records.size(), 9U);
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(cold.records[i].replica, warm.records[i].replica);
    EXPECT_EQ(cold.records[i].arrival, SimTime());
    EXPECT_EQ(cold.records[i].queue, warm.records[i].queue + ms(90));
    EXPECT_EQ(cold.records[i].ttft, warm.records[i].ttft + ms(90));
    EXPECT_EQ(cold.records[i].tpot, warm.records[i].tpot);
    EXPECT_EQ(cold.records[i].e2el, warm.records[i].e2el + ms(90));
  }
  const spec::RunMetrics& metrics = cold.result.metrics;
  EXPECT_EQ(metrics.duration, warm.result.metrics.duration + ms(90));
  EXPECT_EQ(metrics.num_steps, warm.result.metrics.num_steps);
  EXPECT_EQ(metrics.max_concurrent_requests, 9);
  // Two replicas were idle for 90 ms more.
  const auto idle = static_cast<std::size_t>(spec::TimeBucket::Idle);
  EXPECT_EQ(metrics.time_in[idle], warm.result.metrics.time_in[idle] + ms(180));
}

// One arrival every 4 ms from 4 ms on; ready at 12 ms. Those of 4 and 8 ms wait 8 and 4 ms, that of
// 12 ms comes as the replicas get ready and is dealt out behind them: 0, 1, 0. Then nobody waits
// but for a step in progress, of 1 ms and a bit.
TEST(StartupDelay, HoldsThoseWhoComeBefore) {
  spec::RunSpec run = on_two_replicas(6);
  run.engine.async_scheduling = false;
  run.cluster.startup_delay = ms(12);
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Constant, PerSecond(250), 1};
  const std::vector<spec::RequestRecord> records = simulated(run).records;
  ASSERT_EQ(records.size(), 6U);
  const SimTime first = records[0].arrival;
  ASSERT_EQ(records[2].arrival, first + ms(8));
  const Duration until_ready = SimTime(ms(12)) - first;
  EXPECT_EQ(records[0].queue, until_ready);
  EXPECT_EQ(records[1].queue, until_ready - ms(4));
  EXPECT_EQ(records[2].queue, until_ready - ms(8));
  const std::vector<std::int32_t> replicas = {
      records[0].replica.value(), records[1].replica.value(), records[2].replica.value()};
  EXPECT_EQ(replicas, (std::vector<std::int32_t>{0, 1, 0}));
  for (std::size_t i = 3; i < 6; ++i) {
    EXPECT_LT(records[i].queue, ms(2));
  }
}

// Whatever the router and however they come: no first token within a step of getting ready.
TEST(StartupDelay, NoTokenComesBefore) {
  const SimTime ready = SimTime(ms(300));
  for (std::size_t router = 0; router < spec::kRouterNames.size(); ++router) {
    for (const bool closed : {false, true}) {
      spec::RunSpec run = on_two_replicas(200);
      run.cluster.router = static_cast<spec::Router>(router);
      run.cluster.startup_delay = ms(300);
      run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(400), 1};
      if (closed) {
        run.workload.arrivals.reset();
        run.workload.closed_loop = spec::ClosedLoopSpec{7};
      }
      const Outcome outcome = simulated(run);
      ASSERT_EQ(outcome.records.size(), 200U);
      std::int64_t held = 0;
      for (const spec::RequestRecord& record : outcome.records) {
        EXPECT_GE(record.arrival + record.ttft, ready + ms(1));
        held += record.arrival < ready ? 1 : 0;
      }
      EXPECT_GE(held, closed ? 7 : 90);
    }
  }
}

// Samples show the state just before 1, 2, 3, ... ms: five wait until 10 ms, nobody runs.
TEST(StartupDelay, ThoseWhoAreHeldCountAsWaiting) {
  spec::RunSpec run = on_two_replicas(5);
  run.cluster.startup_delay = ms(10);
  const spec::KvSeries series = simulated(run).result.kv_series;
  ASSERT_EQ(series.interval, ms(1));
  ASSERT_GT(series.samples.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(series.samples[i].waiting, 5) << i;
    EXPECT_EQ(series.samples[i].running, 0) << i;
    EXPECT_EQ(series.samples[i].used, 0) << i;
  }
  EXPECT_EQ(series.samples[10].running, 5);
}

// Prompts beyond max_model_len are refused as they are dealt out; in a closed loop the client sends
// its next at once, so all of them come to an end.
TEST(StartupDelay, RefusesAsItDealsOut) {
  spec::RunSpec run = on_two_replicas(12);
  run.cluster.startup_delay = ms(10);
  run.engine.max_model_len = 12;
  for (const bool closed : {false, true}) {
    if (closed) {
      run.workload.arrivals.reset();
      run.workload.closed_loop = spec::ClosedLoopSpec{3};
    }
    const Outcome outcome = simulated(run);
    EXPECT_TRUE(outcome.records.empty());
    EXPECT_EQ(outcome.refused, 12U);
  }
}

// The queue that a slow start leaves melts: 100 requests wait for 1 s, and 2000 more find servers
// that are hardly busy.
TEST(StartupDelay, ItsQueueIsNoOverload) {
  spec::RunSpec run = on_two_replicas(2000);
  run.cluster.startup_delay = ms(1000);
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(100), 1};
  EXPECT_EQ(simulated(run).result.metrics.stability, spec::Stability::Stable);
}

}  // namespace
}  // namespace kvsim::cluster
