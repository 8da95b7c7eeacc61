// A row of measurements becomes the run that the map says, or a reason why not.
#include "sim/validate/row_plan.hpp"

#include <gtest/gtest.h>

#include "sim/base/diagnostic.hpp"

namespace kvsim::validate {
namespace {

spec::MappedKey value(std::string key, std::string text) {
  return {std::move(key), std::move(text), {}};
}
spec::MappedKey column(std::string key, std::string name) {
  return {std::move(key), {}, std::move(name)};
}

Table table(std::vector<std::vector<std::string>> rows) {
  return {"data/measured.csv", {"id", "model", "clients", "isl", "tpot", "flags"}, std::move(rows)};
}

// Clients from a column, ten prompts for each, prompts down to 0.8 of the longest.
spec::MeasuredMap toy_map() {
  spec::MeasuredMap map;
  map.name = "toy";
  map.row = "id";
  map.group_by = {"model"};
  map.measured = {{"mean_tpot_ms", "tpot"}};
  map.set = {column("model", "model"),
             value("cluster.gpu", "h100-sxm"),
             value("engine.profile", "vllm-0.24"),
             column("workload.closed_loop.max_concurrency", "clients"),
             column("workload.num_requests", "clients"),
             column("workload.lengths.prompt.uniform.min", "isl"),
             column("workload.lengths.prompt.uniform.max", "isl")};
  map.set[0].as = {{"Llama", "llama-3.1-8b"}};
  map.set[4].times = 10;
  map.set[5].times = 0.8;
  return map;
}

using Texts = std::vector<std::string>;

// 0.8 · 1280 = 1024 and not 1023; what the study had instead of clients and uniform prompts goes.
TEST(RowPlan, SaysInStudyWordsWhatTheRowSays) {
  const RowPlan plan =
      plan_rows(toy_map(), table({{"a", "Llama", "8", "1280", "12.5", ""}})).front();
  EXPECT_EQ(plan.skip, "");
  EXPECT_EQ(plan.id, "a");
  EXPECT_EQ(plan.line, 2);
  EXPECT_EQ(plan.model, "llama-3.1-8b");
  EXPECT_EQ(plan.gpu, "h100-sxm");
  EXPECT_EQ(plan.profile, "vllm-0.24");
  EXPECT_EQ(plan.sets, (Texts{"workload.arrivals=null", "workload.lengths.prompt.fixed=null",
                              "workload.closed_loop.max_concurrency=8", "workload.num_requests=80",
                              "workload.lengths.prompt.uniform.min=1024",
                              "workload.lengths.prompt.uniform.max=1280"}));
  ASSERT_EQ(plan.measured.size(), 1);
  EXPECT_EQ(plan.measured[0].value, 12.5);
  EXPECT_EQ(plan.labels.front(), std::pair(std::string("model"), std::string("Llama")));
}

TEST(RowPlan, LaterRulesWinAndARuleNeedsAllItsConditions) {
  spec::MeasuredMap with = toy_map();
  with.rules = {
      {.when = {{"model", {"Llama"}}}, .source = "s", .set = {value("engine.max_num_seqs", "1")}},
      {.when = {{"model", {"Llama", "Qwen"}}, {"flags", {"x"}}},
       .source = "s",
       .set = {value("engine.max_num_seqs", "2")}}};
  const auto plans = plan_rows(
      with, table({{"a", "Llama", "8", "10", "1", ""}, {"b", "Llama", "8", "10", "1", "x"}}));
  EXPECT_EQ(plans[0].sets.back(), "engine.max_num_seqs=1");
  EXPECT_EQ(plans[1].sets.back(), "engine.max_num_seqs=2");
}

TEST(RowPlan, RowsThatCannotBeSimulatedSayWhy) {
  spec::MeasuredMap with = toy_map();
  with.rules = {
      {.when = {{"flags", {"eagle"}}}, .source = {}, .set = {}, .skip = "no speculation"}};
  const auto plans = plan_rows(with, table({{"a", "Llama", "8", "10", "1", "eagle"},
                                            {"b", "Opus", "8", "10", "1", ""},
                                            {"c", "Llama", "", "10", "1", ""},
                                            {"d", "Llama", "many", "10", "1", ""},
                                            {"e", "Llama", "8", "10", "", ""}}));
  EXPECT_EQ(plans[0].skip, "no speculation");
  EXPECT_EQ(plans[1].skip, "the map has no word for model 'Opus'");
  EXPECT_EQ(plans[2].skip,
            "'clients' is empty, so workload.closed_loop.max_concurrency is not known");
  EXPECT_EQ(plans[3].skip, "'many' in column 'clients' is no number");
  EXPECT_EQ(plans[4].skip, "the row has no measured value");
}

TEST(RowPlan, TracesLieBesideTheTableAndReplaceLengths) {
  spec::MeasuredMap traced = toy_map();
  traced.set = {value("model", "m"), value("workload.trace", "requests.csv")};
  EXPECT_EQ(plan_rows(traced, table({{"a", "", "", "", "1", ""}})).front().sets,
            (Texts{"workload.arrivals=null", "workload.lengths=null", "workload.num_requests=null",
                   "workload.trace=data/requests.csv"}));
}

TEST(RowPlan, RowsOfAHostFitAndOfTargetsAreMarked) {
  spec::MeasuredMap with = toy_map();
  with.host_fit = {{"vllm-9", {{"clients", {"8"}}}}};
  with.targets = {{"small", {{"clients", {"4"}}}, "mean_tpot_ms", 0.05}};
  const auto plans = plan_rows(
      with, table({{"a", "Llama", "8", "10", "1", ""}, {"b", "Llama", "4", "10", "1", ""}}));
  EXPECT_EQ(plans[0].fitted, "vllm-9");
  EXPECT_TRUE(plans[0].targets.empty());
  EXPECT_EQ(plans[1].fitted, "");
  EXPECT_EQ(plans[1].targets, Texts{"small"});
}

TEST(RowPlan, ColumnsThatTheTableLacksAreAllToldAtOnce) {
  spec::MeasuredMap wrong = toy_map();
  wrong.measured = {{"mean_tpot_ms", "tpott"}};
  wrong.group_by = {"gpu"};
  EXPECT_FALSE(fits(wrong, table({}).columns));
  EXPECT_TRUE(fits(toy_map(), table({}).columns));
  try {
    static_cast<void>(plan_rows(wrong, table({})));
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(
        render(error.diagnostics()),
        "data/measured.csv:1: error: the table has no column 'gpu', which the map 'toy' names\n"
        "data/measured.csv:1: error: the table has no column 'tpott', which the map 'toy' names\n"
        "    note: did you mean 'tpot'?\n");
  }
}

}  // namespace
}  // namespace kvsim::validate
