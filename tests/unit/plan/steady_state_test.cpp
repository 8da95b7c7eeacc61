// What does a plain run say of the long run, and when is it silent?
#include "sim/plan/steady_state.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "shapes.hpp"
#include "sim/base/check.hpp"
#include "sim/cluster/simulate.hpp"

namespace kvsim::plan {
namespace {

// A server of one seat with steps of 1 ms: answers of 10 tokens take 10 ms each, M/D/1.
spec::RunSpec one_seat(double per_second, std::int64_t requests) {
  spec::RunSpec run = test::tiny_run(requests, 1, 10);
  run.engine.max_num_seqs = 1;
  run.engine.async_scheduling = false;
  run.workload.arrivals =
      spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(per_second), 1};
  return run;
}

class Logging final : public cluster::Observer {
 public:
  explicit Logging(std::size_t most) : log(most) {}
  void on_finished(const spec::RequestRecord& record) override { log.add(record); }
  ThinnedLog log;
};

spec::SteadyState steady_state_of(const spec::RunSpec& run,
                                  std::size_t most = kRequestsForSteadyState) {
  Logging logging(most);
  const spec::RunResult result = cluster::simulate(run, test::millisecond_steps(), logging);
  return steady_state(result, logging.log);
}

const spec::SteadyStatistic& statistic(const spec::SteadyState& state, std::string_view metric) {
  const auto found = std::find_if(state.statistics.begin(), state.statistics.end(),
                                  [&](const auto& each) { return each.metric == metric; });
  KVSIM_CHECK(found != state.statistics.end(), "no such statistic");
  return *found;
}

// At load ρ = 0.5 a request waits ρ/(2(1 - ρ)) = 0.5 services of 10 ms: a stay is 15 ms, and the
// first token of 10 comes 9 ms before its end.
TEST(SteadyState, HoldsWhatTheoryKnowsOfTheLongRun) {
  const spec::SteadyState state = steady_state_of(one_seat(50, 16000));
  EXPECT_EQ(state.why_not, "");
  EXPECT_EQ(state.one_in, 1);
  EXPECT_EQ(state.statistics.size(), 15U);
  for (const auto& [metric, truth] : {std::pair("mean_e2el_ms", 15.0), {"mean_ttft_ms", 6.0}}) {
    const spec::SteadyStatistic& mean = statistic(state, metric);
    EXPECT_LT(mean.low, truth) << metric;
    ASSERT_TRUE(mean.high) << metric;
    EXPECT_GT(*mean.high, truth) << metric;
    EXPECT_LT(*mean.high - mean.low, 0.15 * truth) << metric;
  }
}

// A tenth of the requests says the same, less sure.
TEST(SteadyState, OfALongRunLooksAtOneRequestInMany) {
  const spec::SteadyState state = steady_state_of(one_seat(50, 40000), 4096);
  EXPECT_EQ(state.one_in, 16);  // 40 000 / 16 = 2500; 40 000 / 8 = 5000
  EXPECT_NEAR(static_cast<double>(state.judged_requests), 2500, 500);
  const spec::SteadyStatistic& mean = statistic(state, "mean_e2el_ms");
  EXPECT_LT(mean.low, 15);
  ASSERT_TRUE(mean.high);
  EXPECT_GT(*mean.high, 15);
}

// 64 clients at one seat: the first waits for nobody, the 64th for 63, as everybody does from then
// on. Requests of 10 ms: a stay of 640 ms, and 630 ms of warm-up.
TEST(SteadyState, LeavesOutHowAClosedLoopBegins) {
  spec::RunSpec run = one_seat(1, 4000);
  run.workload.arrivals.reset();
  run.workload.closed_loop.emplace().max_concurrency = 64;
  const spec::SteadyState state = steady_state_of(run);
  EXPECT_EQ(state.why_not, "");
  EXPECT_GE(state.warm_up_requests, 60);
  EXPECT_NEAR(statistic(state, "mean_e2el_ms").value, 640, 1);
}

TEST(SteadyState, IsNotToldOfAnOverload) {
  const spec::SteadyState state = steady_state_of(one_seat(120, 4000));
  EXPECT_EQ(state.why_not, "overloaded: the queue grows as long as requests arrive");
  EXPECT_TRUE(state.statistics.empty());
}

TEST(SteadyState, IsNotToldOfAStoryWithAnEnd) {
  spec::RunSpec run = one_seat(50, 100);
  run.workload.arrivals->process = spec::ArrivalProcess::AllAtOnce;
  EXPECT_EQ(steady_state_of(run).why_not,
            "all requests arrive at once: there is no long run to speak of");
}

TEST(SteadyState, IsNotToldOfTooShortARun) {
  EXPECT_EQ(steady_state_of(one_seat(50, 15)).why_not.substr(0, 10), "too short:");
}

spec::RequestRecord request(std::int64_t id) {
  spec::RequestRecord record;
  record.id = RequestId(id);
  record.arrival = SimTime() + Duration(kAttosecondsPerSecond) * id;
  return record;
}

std::vector<std::int64_t> ids_of(ThinnedLog& log) {
  std::vector<std::int64_t> ids;
  for (const LoggedRequest& each : log.take()) {
    ids.push_back(each.id.value());
  }
  return ids;
}

// 1000 requests, at most 64: one in 16 is 62.5, give or take; one in 8 would be 125.
TEST(ThinnedLog, KeepsTheSameRequestsInWhateverOrderTheyFinish) {
  ThinnedLog forwards(64);
  ThinnedLog backwards(64);
  for (std::int64_t id = 0; id < 1000; ++id) {
    forwards.add(request(id));
    backwards.add(request(999 - id));
  }
  EXPECT_EQ(forwards.one_in(), 16);
  EXPECT_EQ(backwards.one_in(), 16);
  const auto kept = ids_of(forwards);
  EXPECT_NEAR(static_cast<double>(kept.size()), 62.5, 2);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  EXPECT_EQ(ids_of(backwards), kept);
}

// With eight replicas in turn, request i goes to replica i mod 8.
TEST(ThinnedLog, KeepsRequestsOfEveryReplicaAlike) {
  ThinnedLog log(4096);
  for (std::int64_t id = 0; id < 100'000; ++id) {
    log.add(request(id));
  }
  std::vector<double> of_replica(8);
  for (const std::int64_t id : ids_of(log)) {
    ++of_replica[static_cast<std::size_t>(id % 8)];
  }
  const double share = 100'000.0 / static_cast<double>(log.one_in()) / 8;
  for (const double count : of_replica) {
    EXPECT_NEAR(count, share, 0.1 * share);
  }
}

TEST(ThinnedLog, KeepsAllOfAShortRun) {
  ThinnedLog log(64);
  for (std::int64_t id = 63; id >= 0; --id) {
    log.add(request(id));
  }
  EXPECT_EQ(log.one_in(), 1);
  EXPECT_EQ(ids_of(log).size(), 64U);
}

}  // namespace
}  // namespace kvsim::plan
