// Two results side by side, on small files written here.
#include "sim/report/comparison.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/base/diagnostic.hpp"
#include "sim/report/render.hpp"

namespace kvsim::report {
namespace {

using Json = nlohmann::ordered_json;

// A run of result.json with the numbers that a test speaks of.
Json run(const std::string& id, const std::string& variant, double p99_tpot) {
  return {{"id", id},
          {"variant", variant},
          {"overrides", Json::object()},
          {"metrics",
           {{"p99_ttft_ms", 200.0},
            {"p99_tpot_ms", p99_tpot},
            {"output_throughput", 1000.0},
            {"num_gpus", 2},
            {"output_throughput_per_gpu", 500.0},
            {"num_preemptions", 0},
            {"kv_cache_usage_perc", {{"mean", 0.1}, {"max", 0.25}}},
            {"stability", "stable"},
            {"percentiles", {{"tpot_ms", {{"p50", 9.0}}}}}}},
          {"memory", {{"kv_cache_tokens", 400'000}, {"kv_bytes_per_token", 131'072}}},
          {"bandwidth", {{"hbm_utilization", 0.5}}},
          {"intervals", Json::array()}};
}

ResultText file(const std::string& name, const std::vector<Json>& runs,
                const std::string& version = "0.1.0") {
  return {name,
          Json{{"schema_version", 1}, {"study", "s"}, {"kvsim_version", version}, {"runs", runs}}
              .dump()};
}

Json with_interval(Json run, const std::string& metric, double low, double high) {
  run["intervals"].push_back(
      {{"metric", metric}, {"low", low}, {"high", high}, {"confidence", 0.9}});
  return run;
}

const MetricPair& metric(const Comparison& comparison, const std::string& name,
                         std::size_t run = 0) {
  for (const MetricPair& pair : comparison.runs.at(run).metrics) {
    if (pair.name == name) {
      return pair;
    }
  }
  throw std::out_of_range(name);
}

std::string fault_of(const ResultText& a, const ResultText& b, const WhatToCompare& what = {}) {
  try {
    static_cast<void>(compare(a, b, what));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no fault";
}

// 12.5 − 10 = 2.5; 12.5 / 10 = 1.25.
TEST(Comparison, TakesDifferenceAndRatioFromAToB) {
  const Comparison both =
      compare(file("a", {run("base", "base", 10)}), file("b", {run("base", "base", 12.5)}));
  const MetricPair& tpot = metric(both, "p99_tpot_ms");
  EXPECT_EQ(difference(tpot), 2.5);
  EXPECT_EQ(ratio(tpot), 1.25);
  EXPECT_TRUE(differs(tpot));
  EXPECT_FALSE(differs(metric(both, "p99_ttft_ms")));
}

TEST(Comparison, HasNoRatioToZeroAndNoDifferenceToNothing) {
  Json a = run("base", "base", 10);
  Json b = run("base", "base", 10);
  b["metrics"]["num_preemptions"] = 7;
  a["metrics"]["request_goodput"] = nullptr;
  b["metrics"]["request_goodput"] = 3.0;
  const Comparison both = compare(file("a", {a}), file("b", {b}));
  EXPECT_EQ(difference(metric(both, "num_preemptions")), 7);
  EXPECT_FALSE(ratio(metric(both, "num_preemptions")));
  EXPECT_FALSE(difference(metric(both, "request_goodput")));
  EXPECT_TRUE(differs(metric(both, "request_goodput")));
}

// [9, 11] and [11, 13] share 11; [9, 11] and [11.1, 13] share nothing.
TEST(Comparison, IsApartWhenIntervalsDoNotOverlap) {
  const auto verdict_of = [](double low_b) {
    const Json a = with_interval(run("base", "base", 10), "p99_tpot_ms", 9, 11);
    const Json b = with_interval(run("base", "base", 12), "p99_tpot_ms", low_b, 13);
    return verdict(metric(compare(file("a", {a}), file("b", {b})), "p99_tpot_ms"));
  };
  EXPECT_EQ(verdict_of(11), Verdict::WithinTheErrorBars);
  EXPECT_EQ(verdict_of(11.1), Verdict::Apart);
}

TEST(Comparison, SaysNothingWhereOneSideHasNoInterval) {
  const Json a = with_interval(run("base", "base", 10), "p99_tpot_ms", 9, 11);
  const Comparison both = compare(file("a", {a}), file("b", {run("base", "base", 12)}));
  EXPECT_EQ(verdict(metric(both, "p99_tpot_ms")), Verdict::None);
  EXPECT_EQ(words_of(Verdict::None), "");
}

// Intervals have plain names: [900, 1100] tok/s on 2 GPUs are [450, 550] per GPU, and
// kv_cache_usage_max is kv_cache_usage_perc.max.
TEST(Comparison, FindsIntervalsUnderTheirPlainNames) {
  Json a = with_interval(run("base", "base", 10), "output_throughput", 900, 1100);
  a = with_interval(a, "kv_cache_usage_max", 0.2, 0.3);
  a = with_interval(a, "hbm_utilization", 0.4, 0.6);
  const Comparison both = compare(file("a", {a}), file("b", {a}));
  EXPECT_EQ(metric(both, "output_throughput_per_gpu").range_a->low, 450);
  EXPECT_EQ(metric(both, "output_throughput_per_gpu").range_b->high, 550);
  EXPECT_EQ(metric(both, "kv_cache_usage_perc.max").range_a->high, 0.3);
  EXPECT_EQ(metric(both, "bandwidth.hbm_utilization").range_a->low, 0.4);
}

// By id: x. By variant: MLA, of which each file has one left. Not GQA: A has two of it.
TEST(Comparison, PairsByIdThenByVariantAndListsTheRest) {
  const Comparison both = compare(
      file("a",
           {run("mla-4", "MLA", 1), run("x", "X", 2), run("g-4", "GQA", 3), run("g-8", "GQA", 4)}),
      file("b", {run("x", "X", 5), run("mla-9", "MLA", 6), run("g-9", "GQA", 7)}));
  ASSERT_EQ(both.runs.size(), 2U);
  EXPECT_EQ(both.runs[0].id_a, "mla-4");
  EXPECT_EQ(both.runs[0].id_b, "mla-9");
  EXPECT_EQ(both.runs[1].id_a, "x");
  EXPECT_EQ(both.a.alone, (std::vector<std::string>{"g-4", "g-8"}));
  EXPECT_EQ(both.b.alone, (std::vector<std::string>{"g-9"}));
  EXPECT_NE(comparison_sentence(both).find("without a partner: 2 of A and 1 of B"),
            std::string::npos)
      << comparison_sentence(both);
  for (const std::string& text : {to_terminal(comparison_report(both)),
                                  to_csv(comparison_report(both)), comparison_json(both)}) {
    for (const std::string id : {"g-4", "g-8", "g-9"}) {
      EXPECT_NE(text.find(id), std::string::npos) << text;
    }
  }
}

TEST(Comparison, PairsASingleRunWithASingleRunWhateverTheirNames) {
  const Comparison both =
      compare(file("a", {run("one", "MLA", 1)}), file("b", {run("two", "MHA", 2)}));
  ASSERT_EQ(both.runs.size(), 1U);
  EXPECT_EQ(label_of(both, both.runs[0]), "one and two");
}

TEST(Comparison, OfNoPairsSaysSo) {
  const Comparison none =
      compare(file("a", {run("x", "X", 1), run("y", "Y", 1)}), file("b", {run("z", "Z", 1)}));
  EXPECT_EQ(comparison_sentence(none),
            "Nothing to compare: no run of A (2) has a partner in B (1).");
}

TEST(Comparison, OfAFileWithItselfFindsNothing) {
  const ResultText same = file("a", {run("x", "X", 1), run("y", "Y", 1)});
  const Comparison both = compare(same, same);
  EXPECT_EQ(comparison_sentence(both),
            "Of 2 runs, none differs: every metric compared is the same.");
  EXPECT_TRUE(beyond(both, 0).empty());
}

// MLA: 10 → 8.8 is 12 % less, and [8.5, 9] is apart from [9.5, 10.5]. X is what it was.
TEST(Comparison, SentenceNamesTheRunTheChangeAndTheVerdict) {
  const Json mla_a = with_interval(run("mla", "MLA", 10), "p99_tpot_ms", 9.5, 10.5);
  const Json mla_b = with_interval(run("mla", "MLA", 8.8), "p99_tpot_ms", 8.5, 9);
  const Json x = run("x", "X", 5);
  const Json y = run("y", "Y", 5);
  const Comparison both = compare(file("a", {mla_a, x, y}), file("b", {mla_b, x, y}));
  EXPECT_EQ(comparison_sentence(both),
            "Of 3 runs, 1 differs from A to B: p99 TPOT falls by 12.0 % in MLA (apart).");
}

// 400 000 → 1 600 000 tokens are four times as many; from 0 preemptions no share can be taken.
TEST(Comparison, SentenceSpeaksOfFactorsAndOfZero) {
  Json b = run("base", "base", 10);
  b["memory"]["kv_cache_tokens"] = 1'600'000;
  b["metrics"]["num_preemptions"] = 7;
  const Comparison both = compare(file("a", {run("base", "base", 10)}), file("b", {b}));
  EXPECT_EQ(comparison_sentence(both),
            "From A to B, KV capacity rises to 4.00×, preemptions rise from 0 to 7.000.");
}

// Twice as many tokens in X, 1.5 times in Y: the larger change is told, and that there are two.
// Of Z's latencies nothing, as it is overloaded.
TEST(Comparison, SentenceTellsTheLargestChangeOfEachMetric) {
  Json x = run("x", "X", 10);
  Json y = run("y", "Y", 10);
  Json z = run("z", "Z", 90);
  x["memory"]["kv_cache_tokens"] = 800'000;
  y["memory"]["kv_cache_tokens"] = 600'000;
  z["metrics"]["stability"] = "overloaded";
  const Comparison both = compare(
      file("a", {run("x", "X", 10), run("y", "Y", 10), run("z", "Z", 10)}), file("b", {x, y, z}));
  EXPECT_EQ(
      comparison_sentence(both),
      "Of 3 runs, 3 differ from A to B: KV capacity rises by 100.0 % in X; overloaded in B, so "
      "latencies are not told here: Z.");
}

TEST(Comparison, NeverShowsALatencyOfAnOverloadedRunWithoutTheWord) {
  Json b = run("base", "base", 90);
  b["metrics"]["stability"] = "overloaded";
  const Comparison both = compare(file("a", {run("base", "base", 10)}), file("b", {b}));
  EXPECT_EQ(comparison_sentence(both),
            "A and B differ; overloaded in B, so latencies say nothing about a steady state.");
  // However narrow the terminal: each line with a number of p99 TPOT, 10, 90, 80 or 9, says it.
  for (const std::size_t width : {100U, 60U, 40U}) {
    const std::string text = to_terminal(comparison_report(both), {.width = width});
    for (const char* number : {"10.00", "90.00", "+80.00", "9.000"}) {
      std::size_t at = text.find(number);
      ASSERT_NE(at, std::string::npos) << number << text;
      for (; at != std::string::npos; at = text.find(number, at + 1)) {
        const std::size_t begin = text.rfind('\n', at) + 1;
        const std::string line = text.substr(begin, text.find('\n', at) - begin);
        EXPECT_EQ(line.find("overloaded:"), 0U) << line;
      }
    }
  }
  EXPECT_NE(to_csv(comparison_report(both)).find("\nbase,base,A and B,B,"), std::string::npos);
  const Json json = Json::parse(comparison_json(both));
  for (const Json& each : json["runs"][0]["metrics"]) {
    if (each["metric"].get<std::string>().ends_with("_ms")) {
      EXPECT_EQ(each["overloaded"], "B");
    }
  }
  EXPECT_EQ(beyond(both, 5), (std::vector<std::string>{
                                 "base: p99_tpot_ms was 10, is 90 (800 % off) (overloaded in B)",
                                 "base: stability was stable, is overloaded"}));
}

TEST(Comparison, ShowsTheSettingsThatDiffer) {
  Json a = run("base", "base", 10);
  Json b = run("base", "base", 10);
  a["overrides"] = {{"engine.block_size", "16"}, {"model", "x"}};
  b["overrides"] = {{"model", "x"}, {"workload.num_requests", "7"}};
  const Comparison both = compare(file("a", {a}), file("b", {b}));
  ASSERT_EQ(both.runs[0].settings.size(), 2U);
  EXPECT_EQ(both.runs[0].settings[0].key, "engine.block_size");
  EXPECT_EQ(both.runs[0].settings[0].b, "");
  EXPECT_EQ(both.runs[0].settings[1].b, "7");
}

// All: p99_ttft, p99_tpot, throughput, num_gpus, per GPU, preemptions, usage mean and max, p50 of
// TPOT; tokens and bytes of memory; HBM utilization; and the word: 13.
TEST(Comparison, ShowsEveryNumberWhenAsked) {
  const ResultText same = file("a", {run("base", "base", 10)});
  EXPECT_EQ(compare(same, same, {.all = true}).runs[0].metrics.size(), 13U);
  EXPECT_EQ(metric(compare(same, same, {.all = true}), "percentiles.tpot_ms.p50").a, Value(9.0));
  // Of the headline what is there: p99 TTFT and TPOT, output per GPU, tokens, bytes, largest usage,
  // HBM utilization, preemptions, stability.
  EXPECT_EQ(compare(same, same).runs[0].metrics.size(), 9U);
}

TEST(Comparison, TakesMetricsByNameOrByTheirLastWord) {
  const ResultText same = file("a", {run("base", "base", 10)});
  const Comparison both =
      compare(same, same, {.metrics = {"kv_cache_tokens", "metrics.p99_tpot_ms", "num_gpus"}});
  ASSERT_EQ(both.runs[0].metrics.size(), 3U);
  EXPECT_EQ(both.runs[0].metrics[0].name, "memory.kv_cache_tokens");
  EXPECT_EQ(both.runs[0].metrics[1].name, "p99_tpot_ms");
  EXPECT_TRUE(both.runs[0].metrics[2].counts);
  const std::string fault = fault_of(same, same, {.metrics = {"p99_tpot_mss", "nonsense"}});
  EXPECT_NE(fault.find("did you mean 'p99_tpot_ms'?"), std::string::npos) << fault;
  EXPECT_NE(fault.find("--metrics nonsense"), std::string::npos) << fault;
}

// |10.5 − 10| / 10 = 5 %: not more than 5, but more than 4.9. A run alone is too much always.
TEST(Comparison, TellsWhatIsBeyondAShareOfA) {
  const Comparison both =
      compare(file("a", {run("x", "X", 10), run("y", "Y", 1)}), file("b", {run("x", "X", 10.5)}));
  EXPECT_EQ(beyond(both, 5), (std::vector<std::string>{"y: only in A"}));
  EXPECT_EQ(beyond(both, 4.9),
            (std::vector<std::string>{"X: p99_tpot_ms was 10, is 10.5 (5 % off)", "y: only in A"}));
}

TEST(Comparison, CountsAnotherStabilityAndANumberThatIsGoneAsBeyond) {
  Json b = run("base", "base", 10);
  b["metrics"]["stability"] = "backlogged";
  b["metrics"].erase("p99_ttft_ms");
  const auto lines =
      beyond(compare(file("a", {run("base", "base", 10)}), file("b", {b})), 1'000'000);
  EXPECT_EQ(lines, (std::vector<std::string>{"base: p99_ttft_ms was 200, is none",
                                             "base: stability was stable, is backlogged"}));
}

TEST(Comparison, SaysThatVersionsAndIntervalsAreNotAlike) {
  const Json a = with_interval(run("base", "base", 10), "p99_tpot_ms", 9, 11);
  Json b = a;
  b["intervals"][0]["confidence"] = 0.5;
  const auto notes = comparison_notes(compare(file("a", {a}), file("b", {b}, "0.2.0")));
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_NE(notes[0].find("no test of significance"), std::string::npos);
  EXPECT_NE(notes[1].find("0.1.0 wrote A, 0.2.0 wrote B"), std::string::npos);
  EXPECT_NE(notes[2].find("90 % in A, 50 % in B"), std::string::npos);
  const auto alike = comparison_notes(compare(file("a", {a}), file("b", {a})));
  ASSERT_EQ(alike.size(), 2U);
  EXPECT_EQ(alike[1], "Intervals: where 90 % of the replicates lie.");
}

TEST(Comparison, RefusesWhatIsNoResultOfThisSchema) {
  const ResultText good = file("a", {run("base", "base", 10)});
  EXPECT_EQ(fault_of(good, {"other.json", R"({"schema_version": 2, "runs": []})"}),
            "other.json: error: has schema_version 2, and this kvsim reads 1\n"
            "    note: run both studies again with one kvsim, or compare with the kvsim that wrote "
            "it\n");
  for (
      const std::string text :
      {"", "{", "[]", "7", R"({"runs": []})", R"({"schema_version": 1})",
       R"({"schema_version": 1, "runs": []})", R"({"schema_version": 1, "runs": [7]})",
       R"({"schema_version": 1, "runs": [{"id": "x"}]})",
       R"({"schema_version": 1, "runs": [{"id": "x", "metrics": {}}, {"id": "x", "metrics": {}}]})",
       R"({"schema_version": 1, "runs": [{"id": "x", "metrics": {}, "intervals": [{}]}]})",
       R"({"schema_version": 1, "runs": [{"id": "x", "metrics": {"a": 1e999}}]})"}) {
    const std::string fault = fault_of({"bad.json", text}, good);
    EXPECT_EQ(fault.find("bad.json: error: is no result.json of kvsim"), 0U) << text << fault;
    EXPECT_NE(fault.find("note: "), std::string::npos) << fault;
  }
}

TEST(Comparison, WritesARowPerRunAsCsv) {
  const Comparison both =
      compare(file("a", {run("base", "base", 10)}), file("b", {run("base", "base", 12.5)}),
              {.metrics = {"p99_tpot_ms"}});
  EXPECT_EQ(to_csv(comparison_report(both)),
            "run_id,run_id_b,in,overloaded,p99_tpot_ms_a,p99_tpot_ms_b,p99_tpot_ms_difference,"
            "p99_tpot_ms_ratio,p99_tpot_ms_verdict\n"
            "base,base,A and B,,10,12.5,2.5,1.25,\n");
}

TEST(Comparison, ShowsIntervalsBelowTheirMetricAndAsNumbersInCsv) {
  const Json a = with_interval(run("base", "base", 10), "p99_tpot_ms", 9, 11);
  const Comparison both =
      compare(file("a", {a}), file("b", {run("base", "base", 12)}), {.metrics = {"p99_tpot_ms"}});
  const std::string page = to_markdown(comparison_report(both));
  EXPECT_NE(page.find("| p99 TPOT (ms) | 10.00 | 12.00 | +2.000 | 1.200 | – |\n"
                      "|   interval | \\[9.00–11.0\\] | – |  |  |  |\n"),
            std::string::npos)
      << page;
  const std::string csv = to_csv(comparison_report(both));
  EXPECT_NE(csv.find("p99_tpot_ms_a_low,p99_tpot_ms_a_high,p99_tpot_ms_b_low"), std::string::npos);
  EXPECT_NE(csv.find(",9,11,,\n"), std::string::npos) << csv;
}

TEST(Comparison, TellsASettingOfEveryRunOnce) {
  Json x = run("x", "X", 10);
  Json y = run("y", "Y", 10);
  const ResultText before = file("a", {x, y});
  x["overrides"] = {{"model", "m"}, {"seed", "1"}};
  y["overrides"] = {{"model", "m"}};
  const std::string page = to_markdown(comparison_report(compare(before, file("b", {x, y}))));
  EXPECT_NE(page.find("| model | as the study says | m | every run |\n"
                      "| seed | as the study says | 1 | X |\n"),
            std::string::npos)
      << page;
}

}  // namespace
}  // namespace kvsim::report
