// Is the answer of a search the best there is, and the same for any number of jobs?
#include "sim/plan/search.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "shapes.hpp"
#include "sim/cluster/simulate.hpp"
#include "sim/spec/plan_limits.hpp"

namespace kvsim::plan {
namespace {

// Steps of 1 ms, 20 tokens an answer: a replica of n sequences serves n / 20 ms, 5 sequences 250/s,
// 10 sequences 500/s, 20 sequences 1000/s.
spec::PlanQuestion question(double rate, const std::vector<std::int64_t>& tp = {1, 2}) {
  spec::PlanQuestion question{"base", "base", {}, {}};
  for (const std::int64_t size : tp) {
    for (const std::int64_t sequences : {5, 10, 20}) {
      spec::RunSpec run = test::tiny_run(100, 10, 20);
      run.engine.max_num_seqs = sequences;
      run.engine.tensor_parallel_size = size;
      run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(rate), 1};
      run.slo.ttft = spec::LatencyLimit{};
      run.slo.ttft->p90 = to_duration(Seconds(10e-3));
      question.layouts.push_back({{{"engine.tensor_parallel_size", std::to_string(size)},
                                   {"engine.max_num_seqs", std::to_string(sequences)}},
                                  run});
    }
  }
  return question;
}

spec::PlanSpec quick_plan() {
  spec::PlanSpec plan;
  plan.max_gpus = 16;
  plan.max_requests = 4000;
  plan.draws = 4;
  return plan;
}

spec::PlanAnswer answer(const spec::PlanQuestion& question, const spec::PlanSpec& plan,
                        int jobs = 1) {
  SearchOptions options;
  options.jobs = jobs;
  return search(question, plan, test::millisecond_steps(), options);
}

const spec::PlanPoint& best_of(const spec::PlanAnswer& answer) {
  const spec::PlanLayout& layout = answer.layouts[*answer.winner];
  return layout.points[*layout.best];
}

std::int64_t fewest_gpus_of_all(const spec::PlanQuestion& question, const spec::PlanSpec& plan) {
  std::int64_t fewest = plan.max_gpus + 1;
  for (const spec::Layout& layout : question.layouts) {
    for (std::int64_t replicas = 1; replicas <= plan.max_gpus; ++replicas) {
      spec::RunSpec run = layout.run;
      run.cluster.replicas = replicas;
      if (spec::num_gpus(run) <= plan.max_gpus &&
          try_run(run, test::millisecond_steps(), trial_options(plan, replicas)).meets()) {
        fewest = std::min(fewest, spec::num_gpus(run));
      }
    }
  }
  return fewest;
}

TEST(Search, FindsWhatALookAtEverythingFinds) {
  const spec::PlanSpec plan = quick_plan();
  for (const double rate : {100.0, 700.0, 2300.0, 5000.0}) {
    const spec::PlanQuestion asked = question(rate);
    const spec::PlanAnswer found = answer(asked, plan);
    ASSERT_TRUE(found.winner) << rate;
    EXPECT_EQ(best_of(found).gpus, fewest_gpus_of_all(asked, plan)) << rate;
    EXPECT_TRUE(best_of(found).meets);
  }
}

TEST(Search, SaysWhyEachLayoutIsNotTheAnswer) {
  const spec::PlanAnswer found = answer(question(2300, {1, 2, 3}), quick_plan());
  ASSERT_TRUE(found.winner);
  for (std::size_t i = 0; i < found.layouts.size(); ++i) {
    const spec::PlanLayout& layout = found.layouts[i];
    const bool wins = i == *found.winner;
    EXPECT_EQ(layout.fate == spec::LayoutFate::Winner, wins);
    EXPECT_EQ(layout.reason.empty(), wins);
    EXPECT_EQ(layout.rule.empty(), wins);
    const bool unseen =
        layout.fate == spec::LayoutFate::Pruned || layout.fate == spec::LayoutFate::Refused;
    EXPECT_EQ(layout.points.empty(), unseen);
    const bool meets = wins || layout.fate == spec::LayoutFate::Meets;
    EXPECT_EQ(layout.best.has_value(), meets);
  }
}

// One replica less must not do, and the simulated points say so.
TEST(Search, LooksOneReplicaBelow) {
  const spec::PlanAnswer found = answer(question(2300), quick_plan());
  ASSERT_TRUE(found.below);
  EXPECT_EQ(found.below->replicas, best_of(found).replicas - 1);
  EXPECT_FALSE(found.below->meets);
  EXPECT_EQ(found.draws.draws, 4);
  EXPECT_LE(found.draws.low, found.draws.high);
  ASSERT_EQ(found.sensitivity.size(), 4U);
  EXPECT_EQ(found.sensitivity[0].change, "rate -20 %");
  EXPECT_LE(*found.sensitivity[0].replicas, *found.sensitivity[1].replicas);
}

// Steps of 1 ms that are off by a third: where a draw makes them slower than the limit on TPOT, no
// number of replicas will do, and none must be told.
TEST(Search, TellsNoNumberWhereADrawHasNone) {
  std::vector<spec::CardSpec> cards = test::millisecond_steps();
  cards.back().residuals.all.mape = 0.3;
  spec::PlanQuestion asked = question(2300, {1});
  for (spec::Layout& layout : asked.layouts) {
    layout.run.slo.tpot = spec::LatencyLimit{};
    layout.run.slo.tpot->p90 = to_duration(Seconds(1.05e-3));
  }
  spec::PlanSpec plan = quick_plan();
  plan.draws = 12;
  const spec::PlanAnswer found = search(asked, plan, cards, {});
  ASSERT_TRUE(found.winner);
  EXPECT_LT(found.draws.meet, 12);
  EXPECT_TRUE(std::isfinite(found.draws.low));
  EXPECT_TRUE(std::isinf(found.draws.high));
}

bool same(const spec::PlanPoint& a, const spec::PlanPoint& b) {
  return a.replicas == b.replicas && a.meets == b.meets && a.requests == b.requests &&
         a.tokens_per_gpu == b.tokens_per_gpu && a.limits[0].value_ms == b.limits[0].value_ms;
}

TEST(Search, GivesTheSameAnswerForAnyNumberOfJobs) {
  const spec::PlanAnswer one = answer(question(2300, {1, 2, 4}), quick_plan(), 1);
  const spec::PlanAnswer three = answer(question(2300, {1, 2, 4}), quick_plan(), 3);
  EXPECT_EQ(one.winner, three.winner);
  EXPECT_EQ(one.simulations, three.simulations);
  EXPECT_EQ(one.simulated_requests, three.simulated_requests);
  for (std::size_t i = 0; i < one.layouts.size(); ++i) {
    EXPECT_EQ(one.layouts[i].reason, three.layouts[i].reason);
    EXPECT_TRUE(std::equal(one.layouts[i].points.begin(), one.layouts[i].points.end(),
                           three.layouts[i].points.begin(), three.layouts[i].points.end(), same));
  }
}

// 16 GPUs: 16 replicas of 20 sequences serve 16 000/s at most. At 50 000/s every layout fails, and
// something comes nearest.
TEST(Search, NamesTheNearestMiss) {
  spec::PlanQuestion asked = question(2000, {1});
  for (spec::Layout& layout : asked.layouts) {
    layout.run.slo.ttft->p90 = to_duration(Seconds(1.2e-3));  // a step and a wait for the last one
  }
  const spec::PlanAnswer found = answer(asked, quick_plan());
  EXPECT_FALSE(found.winner);
  ASSERT_TRUE(found.miss);
  ASSERT_TRUE(found.miss->point);
  EXPECT_FALSE(found.layouts[found.miss->layout].points[*found.miss->point].meets);
  EXPECT_FALSE(found.miss->ways_out.empty());
}

// 4 GPUs carry up to 4000/s of answers; the limit holds a little below.
TEST(Search, FindsTheLoadThatGpusCarry) {
  spec::PlanSpec plan = quick_plan();
  plan.objective = spec::Objective::MaxThroughput;
  plan.max_gpus = 4;
  const spec::PlanAnswer found = answer(question(100, {1}), plan);
  ASSERT_TRUE(found.winner);
  EXPECT_EQ(found.layouts[*found.winner].choice[1].second, "20");
  EXPECT_GT(best_of(found).request_rate, 2500);
  EXPECT_LT(best_of(found).request_rate, 4000);
  EXPECT_EQ(best_of(found).replicas, 4);
}

TEST(Search, OfAMaximumNeedsALoad) {
  spec::PlanSpec plan = quick_plan();
  plan.objective = spec::Objective::MaxThroughput;
  spec::PlanQuestion asked = question(100);
  for (spec::Layout& layout : asked.layouts) {
    layout.run.workload.arrivals->process = spec::ArrivalProcess::AllAtOnce;
  }
  EXPECT_THROW((void)answer(asked, plan), ConfigError);
}

TEST(Search, StopsWhenAsked) {
  SearchOptions options;
  options.keep_going = [] { return false; };
  EXPECT_THROW((void)search(question(100), quick_plan(), test::millisecond_steps(), options),
               cluster::Interrupted);
}

TEST(Words, OfMetrics) {
  EXPECT_EQ(spec::metric_name("p99_ttft_ms"), "p99 TTFT");
  EXPECT_EQ(spec::metric_name("mean_e2el_ms"), "mean E2EL");
}

}  // namespace
}  // namespace kvsim::plan
