// Does the sentence say what is known, and no more?
#include "sim/report/plan_sentence.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "sim/report/plan_words.hpp"
#include "tests/unit/report/plan_sample.hpp"

namespace kvsim::report {
namespace {

using spec::PlanAnswer;

// 40 GPUs at $2.50 are $100 an hour; 14 400 tokens/s are 51.84 M an hour: $100 / 51.84 = $1.93.
TEST(PlanSentence, AnswersHowManyGpus) {
  EXPECT_EQ(plan_sentence(sample::plan()),
            "40 GPUs = 5 replicas × TP 8 on h200-sxm (max_num_seqs 128); p99 TTFT 1.4 s of 2 s, "
            "p99 TPOT 38 ms of 50 ms, KV peak 83 %, bound by HBM bandwidth; $1.93 per M output "
            "tokens at your $2.50/GPU-h (prices of 2026-11-01); 95 % sure that 4 replicas do not "
            "suffice; with kernel "
            "times and arrivals drawn anew 4 to 6 replicas (95 % of 20 draws).");
}

// 51.5 ms is 3 % more than 50 ms, and the interval begins at 49 ms.
TEST(PlanSentence, IsNotSureWhereTheIntervalReachesOverTheLimit) {
  PlanAnswer answer = sample::plan();
  answer.draws = {};
  answer.below->sure = false;
  answer.below->limits[1] = {"p99_tpot_ms", 50, 51.5, 49, 54, false, false};
  spec::PlanPoint& best = answer.layouts[2].points[1];
  best.sure = false;
  best.limits[1] = {"p99_tpot_ms", 50, 49.5, 47, 53, true, false};
  best.cost_per_hour = best.cost_per_million_output = std::nullopt;
  EXPECT_EQ(plan_sentence(answer),
            "40 GPUs = 5 replicas × TP 8 on h200-sxm (max_num_seqs 128); p99 TTFT 1.4 s of 2 s, "
            "p99 TPOT 49.5 ms of 50 ms (95 %: 47 ms to 53 ms), KV peak 83 %, bound by HBM "
            "bandwidth; not 95 % sure that it meets them; 4 replicas miss p99 TPOT by 3 % in this "
            "run (not sure).");
}

TEST(PlanSentence, HasNothingBelowOneReplica) {
  PlanAnswer answer = sample::plan_of("base", 1);
  answer.layouts[2].choice = {{"cluster.gpu", "h200-sxm"}};
  EXPECT_EQ(plan_sentence(answer),
            "8 GPUs = 1 replica × TP 8 on h200-sxm; p99 TTFT 1.4 s of 2 s, p99 TPOT 38 ms of 50 "
            "ms, KV peak 83 %, bound by HBM bandwidth; $0.39 per M output tokens at your "
            "$2.50/GPU-h (prices of 2026-11-01).");
}

TEST(PlanSentence, NamesNoLatencyOfAnOverloadedRun) {
  PlanAnswer answer = sample::plan();
  answer.below->overloaded = true;
  answer.below->replicas = 1;
  EXPECT_NE(plan_sentence(answer).find("95 % sure that 1 replica does not suffice (overloaded)"),
            std::string::npos)
      << plan_sentence(answer);
  PlanAnswer none = sample::no_plan();
  none.layouts[0].points[0].overloaded = true;
  none.miss->ways_out.clear();
  EXPECT_EQ(plan_sentence(none),
            "No layout of 2 meets the limits with up to 64 GPUs; the nearest, 8 replicas × TP 8 on "
            "h200-sxm (max_num_seqs 128), is overloaded.");
}

TEST(PlanSentence, SaysThatAnIntervalIsUnbounded) {
  PlanAnswer answer = sample::plan();
  answer.draws.high = std::numeric_limits<double>::infinity();
  spec::PlanLimit& limit = answer.layouts[2].points[1].limits[1];
  limit.high_ms = std::numeric_limits<double>::infinity();
  limit.sure = false;
  const std::string sentence = plan_sentence(answer);
  EXPECT_NE(sentence.find("p99 TPOT 38 ms of 50 ms (95 %: 36.1 ms or more)"), std::string::npos);
  EXPECT_NE(sentence.find("drawn anew 4 replicas or more (95 % of 20 draws)"), std::string::npos)
      << sentence;
}

TEST(PlanSentence, SaysHowMuchIsCarriedWhenThatWasAsked) {
  EXPECT_EQ(plan_sentence(sample::throughput_plan()),
            "deepseek-v3 carries 63 requests/s on 16 GPUs = 2 replicas × TP 8 on h200-sxm "
            "(max_num_seqs 128); p99 TTFT 1.4 s of 2 s, p99 TPOT 49 ms of 50 ms (95 %: 46.55 ms to "
            "51.45 ms), KV peak 83 %, bound by HBM bandwidth; not 95 % sure that it meets them; "
            "64.26 requests/s miss p99 TPOT by 2 % in this run (not sure); with kernel times and "
            "arrivals drawn anew 58 to 66 requests/s (95 % of 20 draws).");
  PlanAnswer goodput = sample::throughput_plan();
  goodput.plan.objective = spec::Objective::MaxGoodput;
  goodput.draws = {};
  goodput.below->attainment = 0.88;
  EXPECT_EQ(plan_sentence(goodput, "MLA"),
            "MLA carries 63 requests/s on 16 GPUs = 2 replicas × TP 8 on h200-sxm (max_num_seqs "
            "128); 99.5 % of the requests within every limit (90 % asked), KV peak 83 %, bound by "
            "HBM bandwidth; 64.26 requests/s keep only 88.0 % of the requests within every limit "
            "(90 % asked) in this run (not sure).");
}

TEST(PlanSentence, SaysWhatAnHourCostsWhenThatWasAsked) {
  PlanAnswer answer = sample::plan();
  answer.plan.objective = spec::Objective::MinCost;
  EXPECT_NE(plan_sentence(answer).find("; $100.00 per hour, $1.93 per M output tokens at your "
                                       "$2.50/GPU-h (prices of 2026-11-01);"),
            std::string::npos)
      << plan_sentence(answer);
}

TEST(PlanSentence, SaysWhatCameNearestAndWhatWouldMendIt) {
  EXPECT_EQ(plan_sentence(sample::no_plan()),
            "No layout of 2 meets the limits with up to 64 GPUs; the nearest, 8 replicas × TP 8 on "
            "h200-sxm (max_num_seqs 128), misses p99 TPOT: 61 ms of 50 ms; it would do with a p99 "
            "TPOT limit of 61 ms or max_num_seqs 64.");
  PlanAnswer unseen = sample::no_plan();
  unseen.layouts.erase(unseen.layouts.begin());
  unseen.miss = spec::PlanMiss{0, {}, {"2 GPUs per replica"}};
  unseen.plan.replicas = 4;
  EXPECT_EQ(plan_sentence(unseen, "MHA"),
            "MHA: the one layout does not meet the limits with 4 replicas; the nearest, TP 8 on "
            "h100-sxm (max_num_seqs 128): 685 GB do not fit; it would do with 2 GPUs per replica.");
}

// 50.004 and 50 read alike with four digits.
TEST(PlanSentence, DoesNotSayFiftyOfFiftyOfWhatMisses) {
  PlanAnswer answer = sample::no_plan();
  answer.layouts[0].points[0].limits[1].value_ms = 50.004;
  EXPECT_NE(plan_sentence(answer).find("misses p99 TPOT: 50 ms, just above 50 ms;"),
            std::string::npos);
}

// ---- several questions ----------------------------------------------------------------------

// 40 / 8 = 5.
TEST(PlanHeadline, ComparesVariants) {
  const std::vector plans = {sample::plan_of("MHA", 5), sample::plan_of("GQA-8", 2),
                             sample::plan_of("MLA", 1)};
  EXPECT_EQ(plan_headline(plans),
            "MLA needs 8 GPUs for this traffic, GQA-8 16, MHA 40: 5.0 times as many.");
  const auto findings = plan_findings(plans);
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_TRUE(findings[0].starts_with("MHA: 40 GPUs = 5 replicas × TP 8")) << findings[0];
  EXPECT_TRUE(findings[2].starts_with("MLA: 8 GPUs = 1 replica × TP 8")) << findings[2];
}

TEST(PlanHeadline, PutsThoseWithTheSameAnswerTogether) {
  EXPECT_EQ(plan_headline({sample::plan_of("MLA", 1), sample::plan_of("MQA", 1)}),
            "MLA and MQA need 8 GPUs each for this traffic.");
  EXPECT_EQ(plan_headline(
                {sample::plan_of("MLA", 1), sample::plan_of("MHA", 5), sample::plan_of("MQA", 1)}),
            "MLA and MQA need 8 GPUs each for this traffic, MHA 40: 5.0 times as many.");
}

TEST(PlanHeadline, TellsWhoHasNoPlan) {
  PlanAnswer none = sample::no_plan();
  none.id = none.variant = "MHA";
  EXPECT_EQ(plan_headline({sample::plan_of("MLA", 1), none}),
            "MLA needs 8 GPUs for this traffic; MHA has no plan with up to 64 GPUs.");
  PlanAnswer other = none;
  other.id = other.variant = "MQA";
  EXPECT_EQ(plan_headline({none, other}), "2 questions, and none has a plan with up to 64 GPUs.");
}

PlanAnswer at_rate(PlanAnswer answer, int rate) {
  const std::string value = std::to_string(rate) + "/s";
  answer.id += "-" + std::to_string(rate);
  answer.overrides.emplace_back("workload.arrivals.request_rate", value);
  answer.run->workload.arrivals->request_rate = PerSecond(rate);
  return answer;
}

TEST(PlanHeadline, ComparesPointsOfASweep) {
  std::vector<PlanAnswer> plans;
  for (const int replicas : {1, 2, 5}) {
    plans.push_back(at_rate(sample::plan_of("base", replicas), 10 * replicas));
  }
  EXPECT_EQ(plan_headline(plans), "10/s needs 8 GPUs, 20/s 16, 50/s 40: 5.0 times as many.");
  for (const int replicas : {6, 7, 8, 9}) {
    plans.push_back(at_rate(sample::plan_of("base", replicas), 10 * replicas));
  }
  EXPECT_EQ(plan_headline(plans),
            "7 questions, from 8 GPUs (10/s) to 72 (90/s): 9.0 times as many.");
}

TEST(PlanHeadline, ComparesVariantsAtTheLastPointOfASweep) {
  std::vector<PlanAnswer> plans;
  for (const int rate : {4, 16}) {
    plans.push_back(at_rate(sample::plan_of("MLA", rate / 4), rate));
  }
  for (const int rate : {4, 16}) {
    plans.push_back(at_rate(sample::plan_of("MHA", rate / 2), rate));
  }
  EXPECT_EQ(plan_headline(plans), "At 16/s, MLA needs 32 GPUs, MHA 64: 2.0 times as many.");
}

// 126 / 63 = 2.
TEST(PlanHeadline, ComparesLoadsAndCosts) {
  std::vector plans = {sample::throughput_plan(), sample::throughput_plan()};
  plans[0].id = plans[0].variant = "MLA";
  plans[1].id = plans[1].variant = "MHA";
  plans[0].layouts[0].points[0].request_rate = 126;
  EXPECT_EQ(plan_headline(plans),
            "MHA carries 63 requests/s with up to 16 GPUs, MLA 126: 2.0 times as many.");
  std::vector costs = {sample::plan_of("MLA", 1), sample::plan_of("MHA", 5)};
  costs[0].plan.objective = costs[1].plan.objective = spec::Objective::MinCost;
  EXPECT_EQ(plan_headline(costs),
            "MLA costs $20.00 per hour for this traffic, MHA $100.00: 5.0 times as much.");
}

TEST(PlanWords, SpellMoney) {
  EXPECT_EQ(money_words(1.925, "USD"), "$1.93");
  EXPECT_EQ(money_words(0.0123, "EUR"), "€0.012");
  EXPECT_EQ(money_words(12'345.6, "CHF"), "12 346 CHF");
}

}  // namespace
}  // namespace kvsim::report
