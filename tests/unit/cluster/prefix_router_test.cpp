#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/cluster/routed_prefixes.hpp"
#include "sim/cluster/router.hpp"
#include "sim/memory/hbm_budget.hpp"

namespace kvsim::cluster {
namespace {

using spec::Router;

// Ids of stretches with their tokens, "private" ones from 100 on.
spec::Content content(std::vector<spec::Stretch> stretches) {
  return std::make_shared<spec::PromptContent>(spec::PromptContent{std::move(stretches), false});
}

std::vector<std::size_t> sorted(std::span<const std::size_t> replicas) {
  std::vector<std::size_t> list(replicas.begin(), replicas.end());
  std::sort(list.begin(), list.end());
  return list;
}

// Prompts of stretches A (60 tokens), then B (40) or C (40); an answer of 10 tokens is no part.
TEST(RoutedPrefixes, TellsTheLongestBeginningAndWhoWasSentIt) {
  const spec::Content ab = content({{1, 60}, {2, 40}, {101, 10}});
  const spec::Content ac = content({{1, 60}, {3, 40}});
  RoutedPrefixes prefixes({1000, 1000, 1000});
  EXPECT_EQ(prefixes.longest(*ab, 100).tokens, 0);
  EXPECT_TRUE(prefixes.longest(*ab, 100).replicas.empty());
  prefixes.sent(*ab, 100, 2);
  prefixes.sent(*ac, 100, 0);
  EXPECT_EQ(prefixes.longest(*ab, 100).tokens, 100);
  EXPECT_EQ(sorted(prefixes.longest(*ab, 100).replicas), (std::vector<std::size_t>{2}));
  EXPECT_EQ(prefixes.longest(*ab, 110).tokens, 100);  // the answer was not sent
  // Another length is another stretch; of A alone both have all.
  EXPECT_EQ(prefixes.longest(*content({{1, 60}, {2, 41}}), 101).tokens, 60);
  EXPECT_EQ(sorted(prefixes.longest(*content({{1, 60}, {2, 41}}), 101).replicas),
            (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(prefixes.longest(*content({{2, 40}}), 40).tokens, 0);
}

// 200 tokens each. A+B, A+C fill 60 + 40 + 40 = 140; D of 70 makes 210: B, used longest ago, goes;
// then 170 are left. A+B again: 170 + 40 = 210, and C goes, used before D. E of 200 drives out all.
TEST(RoutedPrefixes, ForgetsWhatWasUsedLongestAgo) {
  const spec::Content ab = content({{1, 60}, {2, 40}});
  const spec::Content ac = content({{1, 60}, {3, 40}});
  const spec::Content d = content({{4, 70}});
  RoutedPrefixes prefixes({200, 200});
  prefixes.sent(*ab, 100, 0);
  prefixes.sent(*ac, 100, 0);
  prefixes.sent(*ac, 100, 1);
  prefixes.sent(*d, 70, 0);
  EXPECT_EQ(prefixes.longest(*ab, 100).tokens, 60);
  EXPECT_EQ(sorted(prefixes.longest(*ac, 100).replicas), (std::vector<std::size_t>{0, 1}));
  prefixes.sent(*ab, 100, 0);
  EXPECT_EQ(prefixes.longest(*ab, 100).tokens, 100);
  EXPECT_EQ(prefixes.longest(*d, 70).tokens, 70);
  EXPECT_EQ(sorted(prefixes.longest(*ac, 100).replicas), (std::vector<std::size_t>{1}));
  prefixes.sent(*content({{5, 200}}), 200, 0);
  EXPECT_EQ(prefixes.longest(*d, 70).tokens, 0);
  EXPECT_EQ(sorted(prefixes.longest(*ab, 100).replicas), (std::vector<std::size_t>{1}));
}

// A plain list of everything that was sent, the latest at the end, against the tree: stretches of
// 10 tokens in chains of three out of 3 · 3 · 3, room for 7 of them.
TEST(RoutedPrefixes, EqualsAPlainListOfWhatWasSent) {
  constexpr std::size_t kReplicas = 4, kRoom = 7;
  RoutedPrefixes prefixes(std::vector<std::int64_t>(kReplicas, 10 * kRoom));
  std::vector<std::vector<std::vector<std::uint64_t>>> lists(kReplicas);  // paths, latest last
  RandomDraws draws = Rng::stream("test", 3).at(0);
  for (int turn = 0; turn < 3000; ++turn) {
    const std::vector<std::uint64_t> ids = {draws() % 3, draws() % 3, draws() % 3};
    const spec::Content prompt = content({{ids[0], 10}, {ids[1], 10}, {ids[2], 10}});
    std::int64_t tokens = 0;
    std::vector<std::size_t> owners;
    for (std::size_t depth = 1; depth <= 3; ++depth) {
      const std::vector<std::uint64_t> path(ids.begin(),
                                            ids.begin() + static_cast<std::ptrdiff_t>(depth));
      std::vector<std::size_t> found;
      for (std::size_t i = 0; i < kReplicas; ++i) {
        if (std::find(lists[i].begin(), lists[i].end(), path) != lists[i].end()) {
          found.push_back(i);
        }
      }
      if (!found.empty()) {
        tokens = static_cast<std::int64_t>(10 * depth);
        owners = found;
      }
    }
    const RoutedPrefixes::Match match = prefixes.longest(*prompt, 30);
    ASSERT_EQ(match.tokens, tokens) << turn;
    ASSERT_EQ(sorted(match.replicas), owners) << turn;
    const std::size_t replica = draws() % kReplicas;
    prefixes.sent(*prompt, 30, replica);
    for (std::size_t depth = 3; depth >= 1; --depth) {
      const std::vector<std::uint64_t> path(ids.begin(),
                                            ids.begin() + static_cast<std::ptrdiff_t>(depth));
      std::erase(lists[replica], path);
      lists[replica].push_back(path);
    }
    while (lists[replica].size() > kRoom) {
      lists[replica].erase(lists[replica].begin());
    }
  }
}

// Replicas that get requests and never begin: outstanding requests only grow.
class Inboxes {
 public:
  explicit Inboxes(std::int64_t replicas, std::int64_t abs_threshold) {
    spec::RunSpec run = test::tiny_run(1, 1, 1);
    run.cluster.replicas = replicas;
    run.cluster.router = Router::PrefixAware;
    run.cluster.balance_abs_threshold = abs_threshold;
    const spec::HbmBudget budget = memory::hbm_budget(run.model, run.cluster.gpu, run.engine);
    const auto prices = std::make_shared<engine::PriceList>(std::make_shared<cost::StepPricer>(
        run.model, run.cluster.gpu, run.engine, test::millisecond_steps(), run.draw));
    for (std::int64_t i = 0; i < replicas; ++i) {
      replicas_.emplace_back(ReplicaId(static_cast<std::int32_t>(i)), run.engine, budget,
                             memory::plan_pages(run.model, run.engine), prices,
                             engine::Stepper::Macro);
    }
    router_.emplace(run.cluster, 0,
                    std::vector<RoutedReplica>(static_cast<std::size_t>(run.cluster.replicas),
                                               {{}, budget.kv_cache_tokens, budget.usable_blocks}));
  }
  std::size_t send(std::int64_t prompt_tokens, spec::Content prompt) {
    engine::Incoming request{.id = RequestId(next_++),
                             .arrival = SimTime(),
                             .prompt_tokens = prompt_tokens,
                             .output_tokens = 1,
                             .max_tokens = 1,
                             .content = std::move(prompt)};
    const std::size_t chosen = router_->choose(replicas_, request, {}, SimTime());
    replicas_[chosen].submit(std::move(request));
    router_->outstanding_changed(replicas_[chosen]);
    return chosen;
  }
  // What a replica got without the router.
  void add(std::size_t replica) {
    replicas_[replica].submit({.id = RequestId(next_++),
                               .arrival = SimTime(),
                               .prompt_tokens = 1,
                               .output_tokens = 1,
                               .max_tokens = 1});
    router_->outstanding_changed(replicas_[replica]);
  }

 private:
  std::vector<engine::Replica> replicas_;
  std::optional<RequestRouter> router_;
  std::int64_t next_ = 0;
};

// Three replicas, prefix_match_threshold 0.5, balance_rel_threshold 1.5, balance_abs_threshold 1.
// System prompts A and B of 60 tokens before 40 of one's own; outstanding requests on the right.
//   A   nobody was sent it: the fewest outstanding            0   1 0 0
//   B   nobody was sent it                                    1   1 1 0
//   A   0 was sent 60 of 100                                  0   2 1 0
//   A   2 - 0 > 1 and 2 > 1.5 · 0: out of balance             2   2 1 1
//   A   0 and 2 were sent it, 2 has fewer                     2   2 1 2
//   A   before 90 of one's own, 60 of 150: too little         1   2 2 2
//   B   1 was sent it                                         1   2 3 2
//   -   nothing is known of it: the first of the fewest       0   3 3 2
TEST(PrefixAware, FollowsPrefixesUnlessLoadsDiffer) {
  Inboxes cluster(3, 1);
  std::uint64_t own = 100;
  const auto after = [&](std::uint64_t system, std::int64_t tokens) {
    return content({{system, 60}, {own++, tokens}});
  };
  EXPECT_EQ(cluster.send(100, after(1, 40)), 0U);
  EXPECT_EQ(cluster.send(100, after(2, 40)), 1U);
  EXPECT_EQ(cluster.send(100, after(1, 40)), 0U);
  EXPECT_EQ(cluster.send(100, after(1, 40)), 2U);
  EXPECT_EQ(cluster.send(100, after(1, 40)), 2U);
  EXPECT_EQ(cluster.send(150, after(1, 90)), 1U);
  EXPECT_EQ(cluster.send(100, after(2, 40)), 1U);
  EXPECT_EQ(cluster.send(100, nullptr), 0U);
}

// Replica 0 was sent the prompt; balance_abs_threshold 4. 10 and 6 outstanding: 4 is not more than
// 4. 11 and 6: 5 is more, and 11 > 1.5 · 6 = 9. 11 and 7: 4. 12 and 7 : 5 > 4 and 12 > 10.5. 12 and
// 8: 4; 13 and 8: 5 > 4, yet 13 > 12. 15 and 10: 15 is not more than 15.
TEST(PrefixAware, BalanceIsLostByDifferenceAndRatioTogether) {
  struct Loads {
    int first, second;
    std::size_t chosen;
  };
  for (const Loads& loads : {Loads{10, 6, 0}, Loads{11, 6, 1}, Loads{11, 7, 0}, Loads{12, 7, 1},
                             Loads{12, 8, 0}, Loads{13, 8, 1}, Loads{15, 10, 0}}) {
    Inboxes cluster(2, 4);
    ASSERT_EQ(cluster.send(100, content({{1, 100}})), 0U);
    for (int i = 1; i < loads.first; ++i) {
      cluster.add(0);
    }
    for (int i = 0; i < loads.second; ++i) {
      cluster.add(1);
    }
    EXPECT_EQ(cluster.send(100, content({{1, 100}})), loads.chosen)
        << loads.first << ' ' << loads.second;
  }
}

// Whether a prefix is found decides how many of its steps a prompt needs: 16 system prompts of 512
// tokens, 250 tokens a step of 1 ms, and room for some four of them on each of four replicas.
spec::RunSpec many_system_prompts(Router router) {
  spec::RunSpec run = test::tiny_run(4000, 64, 8);
  run.cluster.replicas = 4;
  run.cluster.router = router;
  run.engine.enable_prefix_caching = true;
  run.engine.max_num_seqs = 64;
  run.engine.max_num_batched_tokens = 250;
  run.engine.max_model_len = 1024;
  run.engine.num_gpu_blocks_override = 240;
  run.workload.shared_prefix = spec::SharedPrefixSpec{16, test::fixed(512), {}};
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(600), 1};
  return run;
}

spec::RunMetrics metrics_of(const spec::RunSpec& run) {
  Observer observer;
  return simulate(run, test::millisecond_steps(), observer).metrics;
}

// Dealt out in turn, each replica meets all 16 system prompts, 8192 tokens for a pool of 3840: it
// finds a quarter to a half. By prefix, it meets those that it was sent first, and finds nearly all
// of the 512 of 576 tokens that can be found, 0.89.
TEST(PrefixAware, FindsMoreThanRoundRobin) {
  const spec::RunMetrics in_turn = metrics_of(many_system_prompts(Router::RoundRobin));
  const spec::RunMetrics by_prefix = metrics_of(many_system_prompts(Router::PrefixAware));
  EXPECT_LT(in_turn.prefix_cache_hit_rate, 0.6);
  EXPECT_GT(by_prefix.prefix_cache_hit_rate, 0.8);
  EXPECT_LT(by_prefix.ttft.mean, 0.75 * in_turn.ttft.mean);
  EXPECT_LT(by_prefix.ttft.p99, in_turn.ttft.p99);
}

// Without content there is no prefix to find: least_outstanding, request by request.
TEST(PrefixAware, WithoutContentIsLeastOutstanding) {
  spec::RunSpec run = many_system_prompts(Router::PrefixAware);
  run.workload.shared_prefix.reset();
  test::Recorder by_prefix, by_load;
  static_cast<void>(simulate(run, test::millisecond_steps(), by_prefix));
  run.cluster.router = Router::LeastOutstanding;
  static_cast<void>(simulate(run, test::millisecond_steps(), by_load));
  ASSERT_EQ(by_prefix.records.size(), by_load.records.size());
  for (std::size_t i = 0; i < by_load.records.size(); ++i) {
    EXPECT_EQ(by_prefix.records[i].id, by_load.records[i].id);
    EXPECT_EQ(by_prefix.records[i].replica, by_load.records[i].replica);
    EXPECT_EQ(by_prefix.records[i].e2el, by_load.records[i].e2el);
  }
}

// A conversation's prompts begin with those before: the second turn of 60 tokens has 20 of the
// first turn's prompt, of which the router knows, 20 of its answer, of which it does not, and 20 of
// its own. A third is enough with a threshold of 0.3.
TEST(PrefixAware, TurnsFollowTheirConversation) {
  spec::RunSpec run = test::tiny_run(40, 20, 20);
  run.cluster.replicas = 3;
  run.cluster.router = Router::PrefixAware;
  run.engine.enable_prefix_caching = true;
  run.workload.conversation = spec::ConversationSpec{};
  run.workload.conversation->turns.fixed = 2;
  run.workload.conversation->think_time.fixed = Duration(kAttosecondsPerMillisecond) * 7;
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(300), 1};
  const auto hits = [&](double threshold) {
    run.cluster.prefix_match_threshold = threshold;
    return metrics_of(run).prefix_cache_hits;
  };
  // 20 turns that follow find the two full blocks of 16 tokens among the 39 that were computed.
  EXPECT_EQ(hits(0.3), 20 * 32);
  EXPECT_LT(hits(0.5), 20 * 32);
}

}  // namespace
}  // namespace kvsim::cluster
