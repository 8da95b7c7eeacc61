#include "sim/cluster/router.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "recorder.hpp"
#include "shapes.hpp"

namespace kvsim::cluster {
namespace {

using spec::Router;

constexpr std::array kAllRouters = {Router::RoundRobin, Router::LeastOutstanding, Router::Random,
                                    Router::PowerOfTwo, Router::Session};

// Which replica each request went to, by request.
std::vector<std::size_t> choices_of(const spec::RunSpec& run) {
  test::Recorder recorder;
  static_cast<void>(simulate(run, test::millisecond_steps(), recorder));
  std::vector<std::size_t> replicas(recorder.records.size());
  for (const spec::RequestRecord& record : recorder.records) {
    replicas.at(static_cast<std::size_t>(record.id.value())) =
        static_cast<std::size_t>(record.replica.value());
  }
  return replicas;
}

// All requests arrive at the start, so that none has ended when another is dealt out.
spec::RunSpec at_once(Router router, std::int64_t replicas, std::int64_t requests) {
  spec::RunSpec run = test::tiny_run(requests, 10, 10);
  run.cluster.replicas = replicas;
  run.cluster.router = router;
  return run;
}

TEST(LeastOf, IsTheFirstOfTheLeast) {
  for (std::size_t count = 1; count <= 9; ++count) {
    LeastOf<std::int64_t> tree(count);
    std::vector<std::int64_t> keys(count);
    RandomDraws draws = Rng::stream("test", count).at(0);
    for (int change = 0; change < 200; ++change) {
      const std::size_t index = draws() % count;
      keys[index] = static_cast<std::int64_t>(draws() % 5) - 2;
      tree.set(index, keys[index]);
      const auto least = std::min_element(keys.begin(), keys.end()) - keys.begin();
      ASSERT_EQ(tree.least(), static_cast<std::size_t>(least));
    }
    tree.set_all([&](std::size_t i) { return -static_cast<std::int64_t>(i); });
    EXPECT_EQ(tree.least(), count - 1);
  }
}

TEST(Router, OneReplicaGetsEverything) {
  for (const Router router : kAllRouters) {
    EXPECT_EQ(choices_of(at_once(router, 1, 5)), std::vector<std::size_t>(5, 0));
  }
}

// Stream "router", seed 0: Philox4x64-10 with the key (0, FNV-1a of "router"), counter (i, 0, 0,
// 0), by a program of its own. First draw · 3, second · 2 among the other two; then how many each
// has:
//   0   0.1612 0.5509   0 or 2   0 0 0   the first: 0
//   1   0.3150 0.5087   0 or 2   1 0 0   2
//   2   0.2304 0.7998   0 or 2   1 0 1   the first: 0
//   3   0.3604 0.0730   1 or 0   2 0 1   1
//   4   0.2263 0.9908   0 or 2   2 1 1   2
//   5   0.7321 0.1344   2 or 0   2 1 2   the first: 2
//   6   0.8356 0.1328   2 or 0   2 1 3   0
//   7   0.1869 0.3525   0 or 1   3 1 3   1
//   8   0.0170 0.7133   0 or 2   3 2 3   the first: 0
//   9   0.7916 0.0807   2 or 0   4 2 3   2
TEST(Router, DrawsAreThoseOfTheStream) {
  EXPECT_EQ(choices_of(at_once(Router::Random, 3, 10)),
            (std::vector<std::size_t>{0, 0, 0, 1, 0, 2, 2, 0, 0, 2}));
  EXPECT_EQ(choices_of(at_once(Router::PowerOfTwo, 3, 10)),
            (std::vector<std::size_t>{0, 2, 0, 1, 2, 2, 0, 1, 0, 2}));
}

double chi_square(const std::vector<std::size_t>& drawn, std::size_t cells) {
  std::vector<double> counts(cells);
  for (const std::size_t cell : drawn) {
    ++counts.at(cell);
  }
  const double expected = static_cast<double>(drawn.size()) / static_cast<double>(cells);
  double sum = 0;
  for (const double count : counts) {
    sum += (count - expected) * (count - expected) / expected;
  }
  return sum;
}

// 99.9 % of chi-square with 7 degrees of freedom is 24.32, with 63 (pairs of neighbours) 103.44.
TEST(Router, RandomTakesEachAsOften) {
  const std::vector<std::size_t> replicas = choices_of(at_once(Router::Random, 8, 16'000));
  std::vector<std::size_t> pairs;
  for (std::size_t i = 0; i + 1 < replicas.size(); i += 2) {
    pairs.push_back(8 * replicas[i] + replicas[i + 1]);
  }
  EXPECT_LT(chi_square(replicas, 8), 24.32);
  EXPECT_LT(chi_square(pairs, 64), 103.44);
}

double mean_queue_ms(Router router) {
  spec::RunSpec run = at_once(router, 8, 40'000);
  run.engine.max_num_seqs = 1;
  run.engine.async_scheduling = false;
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(640), 1};
  test::Recorder recorder;
  static_cast<void>(simulate(run, test::millisecond_steps(), recorder));
  Duration sum;
  for (const spec::RequestRecord& record : recorder.records) {
    sum += record.queue;
  }
  return to_milliseconds(sum) / static_cast<double>(recorder.records.size());
}

// One request at a time, 10 steps of 1 ms each, 80 requests/s for each replica: load 0.8. Random
// makes eight M/D/1 queues: wait 0.8 / (2 · 0.2) · 10 ms = 20 ms, and half a step more at most.
// Two choices do much better, all eight better still.
TEST(Router, TwoChoicesLieBetweenOneAndAll) {
  const double random = mean_queue_ms(Router::Random);
  const double two = mean_queue_ms(Router::PowerOfTwo);
  const double all = mean_queue_ms(Router::LeastOutstanding);
  EXPECT_NEAR(random, 20, 2);
  EXPECT_LT(two, random / 2);
  EXPECT_LT(all, two / 1.5);
}

// Two replicas, three conversations of two turns; a turn takes 4 ms and the next comes 7 ms later.
//   0 ms   A to 0, B to 1, C to 0 (both have one)
//   4 ms   B's answer, then those of A and C, whose steps are a bit longer as there are two of
//   them:
//          the next turns are requests 3, 4, 5
//   11 ms  all idle. Session: B to 1, A and C to 0. Least outstanding: 0, 1, 0.
TEST(Router, SessionStaysWithItsReplica) {
  spec::RunSpec run = at_once(Router::Session, 2, 6);
  run.workload.lengths->output = test::fixed(4);
  run.engine.async_scheduling = false;
  run.workload.conversation = spec::ConversationSpec{};
  run.workload.conversation->turns.fixed = 2;
  run.workload.conversation->think_time.fixed = Duration(kAttosecondsPerMillisecond) * 7;
  EXPECT_EQ(choices_of(run), (std::vector<std::size_t>{0, 1, 0, 1, 0, 0}));
  run.cluster.router = Router::LeastOutstanding;
  EXPECT_EQ(choices_of(run), (std::vector<std::size_t>{0, 1, 0, 0, 1, 0}));
}

// Requests that are no turns are dealt out as by least_outstanding.
TEST(Router, SessionWithoutConversationsIsLeastOutstanding) {
  spec::RunSpec run = at_once(Router::Session, 3, 60);
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(200), 1};
  const std::vector<std::size_t> choices = choices_of(run);
  run.cluster.router = Router::LeastOutstanding;
  EXPECT_EQ(choices, choices_of(run));
}

}  // namespace
}  // namespace kvsim::cluster
