// The steady state as a reader meets it: in a sentence, in a table, as numbers.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample.hpp"
#include "sim/report/render.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/snapshot.hpp"
#include "sim/report/tables.hpp"

namespace kvsim::report {
namespace {

spec::SteadyState settled() {
  spec::SteadyState state;
  state.confidence = 0.95;
  state.warm_up_requests = 120;
  state.warm_up = sample::seconds(30);
  state.judged_requests = 280;
  state.statistics = {{"mean_ttft_ms", 50, 48, 53},
                      {"p99_ttft_ms", 412, 398, 431},
                      {"p99_tpot_ms", 38.5, 37, std::nullopt}};
  return state;
}

spec::RunResult with(spec::SteadyState state) {
  spec::RunResult run = sample::run();
  run.steady_state = std::move(state);
  return run;
}

spec::SteadyState unknown() {
  spec::SteadyState state;
  state.why_not = "overloaded: the queue grows";
  return state;
}

std::string brief(const StudyResults& results) {
  std::string text = to_terminal(make_report(results), {.width = 1000, .brief = true});
  return text;
}

TEST(SteadyReport, OfAFewRunsIsASentenceEach) {
  EXPECT_NE(brief(sample::single(with(settled())))
                .find("Steady state: the first 120 requests (30 s) left out as warm-up; p99 "
                      "TTFT 412 ms, 95 % between 398 ms and 431 ms; p99 TPOT 38.5 ms, 95 % "
                      "above 37 ms (too short for an upper end).\n"),
            std::string::npos)
      << brief(sample::single(with(settled())));
}

TEST(SteadyReport, SaysWhyItIsSilent) {
  EXPECT_NE(brief(sample::single(with(unknown())))
                .find("No steady state is told: overloaded: the queue grows.\n"),
            std::string::npos);
  StudyResults results = sample::four_variants();
  for (spec::RunResult& run : results.runs) {
    run.steady_state = settled();
  }
  results.runs[3].steady_state = unknown();
  EXPECT_NE(brief(results).find("No steady state is told of MHA: overloaded: the queue grows.\n"),
            std::string::npos)
      << brief(results);
  EXPECT_NE(brief(results).find("Steady state of MQA: the first 120 requests"), std::string::npos);
}

TEST(SteadyReport, IsATableWithEveryInterval) {
  const std::string text = to_markdown(make_report(sample::single(with(settled()))));
  EXPECT_NE(text.find("| TTFT | 50.00 \\[48.0–53.0\\] | – | – | – | 412.0 \\[398–431\\] | 120 "
                      "requests (30 s) |\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("38.50 \\[at least 37.00\\]"), std::string::npos);
}

TEST(SteadyReport, IsNowhereWhereNobodyAsked) {
  EXPECT_EQ(to_markdown(make_report(sample::single(sample::run()))).find("teady state: "),
            std::string::npos);
  EXPECT_EQ(result_json(sample::single(sample::run())).find("steady_state"), std::string::npos);
}

TEST(SteadyReport, IsInJsonAndInCsv) {
  const StudyResults results = sample::single(with(settled()));
  const auto json = nlohmann::ordered_json::parse(result_json(results))["runs"][0]["steady_state"];
  EXPECT_EQ(json.dump(),
            R"({"why_not":null,"confidence":0.95,"warm_up_requests":120,"warm_up_s":30.0,)"
            R"("judged_requests":280,"one_in":1,"statistics":[)"
            R"({"metric":"mean_ttft_ms","value":50.0,"low":48.0,"high":53.0},)"
            R"({"metric":"p99_ttft_ms","value":412.0,"low":398.0,"high":431.0},)"
            R"({"metric":"p99_tpot_ms","value":38.5,"low":37.0,"high":null}]})");
  const auto none = nlohmann::ordered_json::parse(result_json(sample::single(with(unknown()))));
  EXPECT_EQ(none["runs"][0]["steady_state"].dump(), R"({"why_not":"overloaded: the queue grows"})");
  const std::string csv = to_csv(make_report(results));
  for (const char* name :
       {"steady_p99_ttft_ms", "steady_p99_ttft_ms_low", "steady_p99_ttft_ms_high"}) {
    EXPECT_NE(csv.find(name), std::string::npos) << name;
  }
}

TEST(SteadyReport, IsStoredExactly) {
  spec::RunResult run = with(settled());
  run.steady_state->statistics[0].value = 1.0 / 3;
  const auto again = read_outcome_text(outcome_text(run), run.spec);
  ASSERT_TRUE(again);
  EXPECT_EQ(result_json(sample::single(*again)), result_json(sample::single(run)));
}

}  // namespace
}  // namespace kvsim::report
