#include "sim/cluster/router.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/memory/hbm_budget.hpp"
#include "sim/memory/page_plan.hpp"

namespace kvsim::cluster {
namespace {

using spec::Router;

constexpr std::array kAllRouters = {Router::RoundRobin, Router::LeastOutstanding, Router::Random,
                                    Router::PowerOfTwo, Router::Session,          Router::LeastKv,
                                    Router::PrefixAware};

SimTime at_ms(double ms) {
  return SimTime(Duration(static_cast<Int128>(ms * 10) * (kAttosecondsPerMillisecond / 10)));
}

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

std::vector<RoutedReplica> alike(std::int64_t replicas, const spec::HbmBudget& budget) {
  return {static_cast<std::size_t>(replicas), {{}, budget.kv_cache_tokens, budget.usable_blocks}};
}

// Replicas that are taken from step to step by hand; each step lasts 1 ms and a fraction of a
// microsecond or a few.
class ByHand {
 public:
  ByHand(std::int64_t replicas, Duration view_interval) {
    run_ = at_once(Router::LeastKv, replicas, 1);
    run_.engine.async_scheduling = false;
    run_.engine.block_size = 16;
    run_.cluster.view_interval = view_interval;
    const spec::HbmBudget budget = memory::hbm_budget(run_.model, run_.cluster.gpu, run_.engine);
    router_.emplace(run_.cluster, run_.seed, alike(replicas, budget));
    const auto prices = std::make_shared<engine::PriceList>(std::make_shared<cost::StepPricer>(
        run_.model, run_.cluster.gpu, run_.engine, test::millisecond_steps(), run_.draw));
    for (std::int64_t i = 0; i < replicas; ++i) {
      replicas_.emplace_back(ReplicaId(static_cast<std::int32_t>(i)), run_.engine, budget,
                             memory::plan_pages(run_.model, run_.engine), prices,
                             engine::Stepper::Macro);
    }
  }

  void submit(std::size_t replica, double ms, std::int64_t prompt_tokens) {
    replicas_[replica].submit({.id = RequestId(next_++),
                               .arrival = at_ms(ms),
                               .prompt_tokens = prompt_tokens,
                               .output_tokens = 100,
                               .max_tokens = 100});
    router_->outstanding_changed(replicas_[replica]);
  }
  void begin(std::size_t replica, SimTime now = {}) {
    router_->before_change(replicas_[replica], now);
    replicas_[replica].begin_step(now);
  }
  // Ends the step or run in progress and begins the next.
  void go_on(std::size_t replica) {
    const SimTime now = replicas_[replica].end_of_step();
    router_->before_change(replicas_[replica], now);
    replicas_[replica].end_step(now, finished_);
    router_->outstanding_changed(replicas_[replica]);
    if (replicas_[replica].can_begin()) {
      begin(replica, now);
    }
  }
  std::size_t choice(double ms) {
    return router_->choose(replicas_, {.id = RequestId(next_), .arrival = at_ms(ms)}, {},
                           at_ms(ms));
  }
  // Steps that end before `ms` end, and the next begin.
  void run_until(double ms) {
    const auto end = [](const engine::Replica& one) {
      return one.ends().value_or(SimTime::never());
    };
    for (;;) {
      const auto next = std::ranges::min_element(replicas_, {}, end);
      if (end(*next) >= at_ms(ms)) {
        return;
      }
      go_on(static_cast<std::size_t>(next - replicas_.begin()));
    }
  }
  [[nodiscard]] std::vector<std::int64_t> blocks_of_all(double ms) const {
    std::vector<std::int64_t> blocks;
    for (const engine::Replica& one : replicas_) {
      blocks.push_back(one.blocks_in_use_before(at_ms(ms)));
    }
    return blocks;
  }
  // Of those with the fewest blocks the first with the fewest outstanding requests.
  [[nodiscard]] std::size_t least_of(const std::vector<std::int64_t>& blocks) const {
    std::size_t least = 0;
    for (std::size_t i = 1; i < blocks.size(); ++i) {
      const auto load = [&](std::size_t of) {
        return std::pair{blocks[of], replicas_[of].outstanding()};
      };
      least = load(i) < load(least) ? i : least;
    }
    return least;
  }
  [[nodiscard]] bool is_idle(std::size_t replica) const { return !replicas_[replica].ends(); }
  [[nodiscard]] std::int64_t blocks_before(std::size_t replica, double ms) const {
    return replicas_[replica].blocks_in_use_before(at_ms(ms));
  }

 private:
  spec::RunSpec run_;
  std::optional<RequestRouter> router_;
  std::vector<engine::Replica> replicas_;
  std::vector<spec::RequestRecord> finished_;
  std::int64_t next_ = 0;
};

// Prompts of 20, 40 and 16 tokens in blocks of 16. The prefill takes 2, 3 and 1 blocks at 0 ms; the
// step that begins at 1 + j ms stores token 21 + j, 41 + j, 17 + j, all of them in one run:
//   replica 0   2 blocks, the third for token 33 at 13 ms, the fourth for token 49 at 29 ms
//   replica 1   3 blocks, the fourth for token 49 at 9 ms, the fifth for token 65 at 25 ms
//   replica 2   2 blocks from 1 ms on, the third for token 33 at 17 ms, the fourth at 33 ms
ByHand three_replicas(Duration view_interval) {
  ByHand cluster(3, view_interval);
  const std::array<std::int64_t, 3> prompts = {20, 40, 16};
  for (std::size_t i = 0; i < 3; ++i) {
    cluster.submit(i, 0, prompts[i]);
    cluster.begin(i);
    cluster.go_on(i);
  }
  return cluster;
}

TEST(KvView, BlocksAreKnownInTheMiddleOfARun) {
  const ByHand cluster = three_replicas({});
  EXPECT_EQ(cluster.blocks_before(0, 13), 2);
  EXPECT_EQ(cluster.blocks_before(0, 13.1), 3);
  EXPECT_EQ(cluster.blocks_before(0, 29.1), 4);
  EXPECT_EQ(cluster.blocks_before(1, 9), 3);
  EXPECT_EQ(cluster.blocks_before(1, 25.5), 5);
  EXPECT_EQ(cluster.blocks_before(2, 1.5), 2);
  EXPECT_EQ(cluster.blocks_before(2, 17), 2);
  EXPECT_EQ(cluster.blocks_before(2, 33.9), 4);
}

// Blocks at 0.5 ms: 2, 3, 1. At 12.5 ms: 2, 4, 2; at 13.5 ms: 3, 4, 2; at 17.5 ms: 3, 4, 3.
TEST(Router, LeastKvSeesBlocksAsTheyAre) {
  ByHand start(3, {});
  for (std::size_t i = 0; i < 3; ++i) {
    start.submit(i, 0, std::array{20, 40, 16}[i]);
    start.begin(i);
  }
  EXPECT_EQ(start.choice(0.5), 2U);
  ByHand cluster = three_replicas({});
  EXPECT_EQ(cluster.choice(12.5), 0U);
  EXPECT_EQ(cluster.choice(13.5), 2U);
  EXPECT_EQ(cluster.choice(17.5), 0U);
}

// A request every 3.3 ms for the least of five replicas, of prompts of up to 300 tokens and 100
// tokens of output: steps of a long run take blocks one by one, sequences end and give theirs back.
// `reports` are made by looks at every replica, each time that one is due.
void expect_the_least(Duration view_interval) {
  ByHand cluster(5, view_interval);
  const double interval = to_milliseconds(view_interval);
  std::vector<std::int64_t> reports = cluster.blocks_of_all(0);
  double due = interval;
  RandomDraws draws = Rng::stream("test", 7).at(0);
  std::vector<std::int64_t> chosen(5);
  for (int request = 0; request < 400; ++request) {
    const double now = 3.3 * request + 0.05;
    for (; interval > 0 && due <= now; due += interval) {
      cluster.run_until(due);
      reports = cluster.blocks_of_all(due);
    }
    cluster.run_until(now);
    const std::size_t choice = cluster.choice(now);
    ASSERT_EQ(choice, cluster.least_of(interval > 0 ? reports : cluster.blocks_of_all(now)))
        << request;
    ++chosen[choice];
    const bool was_idle = cluster.is_idle(choice);
    cluster.submit(choice, now, static_cast<std::int64_t>(1 + draws() % 300));
    if (was_idle) {
      cluster.begin(choice, at_ms(now));
    }
  }
  EXPECT_GT(*std::min_element(chosen.begin(), chosen.end()), 40);
}

TEST(Router, LeastKvFindsTheLeastWithoutALookAtAll) {
  expect_the_least({});
  expect_the_least(Duration(kAttosecondsPerMillisecond));
  expect_the_least(Duration(kAttosecondsPerMillisecond) * 10);
}

// Reports at 0 ms: nobody has a block, the second request of replica 0 decides. At 15 ms: 3, 4, 2
// blocks; also later, whatever replica 2 is given. At 30 ms, with a second request of 16 tokens on
// replica 0 and one of 1000 on replica 2: 4 + 2, 5, 3 + 64.
TEST(Router, LeastKvSeesTheLastReport) {
  ByHand cluster = three_replicas(Duration(kAttosecondsPerMillisecond) * 15);
  EXPECT_EQ(cluster.choice(14.9), 0U);
  cluster.submit(0, 14.9, 16);
  EXPECT_EQ(cluster.choice(14.9), 1U);
  EXPECT_EQ(cluster.choice(15), 2U);
  cluster.submit(2, 15, 1000);
  for (const std::size_t replica : {0U, 2U}) {  // the runs that the arrivals cut, then a prefill
    cluster.go_on(replica);
    cluster.go_on(replica);
  }
  EXPECT_EQ(cluster.choice(29.9), 2U);
  EXPECT_EQ(cluster.blocks_before(0, 30), 6);
  EXPECT_EQ(cluster.blocks_before(2, 30), 67);
  EXPECT_EQ(cluster.choice(30), 1U);
}

}  // namespace
}  // namespace kvsim::cluster
