// Pools of unlike replicas as a reader meets them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sample.hpp"
#include "sim/report/render.hpp"
#include "sim/report/result_json.hpp"
#include "sim/report/tables.hpp"

namespace kvsim::report {
namespace {

// The sample's replica beside two of an older kind that have served nobody.
spec::RunResult two_pools() {
  spec::RunResult run = sample::run();
  spec::RunSpec fresh = run.spec;
  spec::RunSpec old = run.spec;
  old.cluster.gpu.name = "a100-80gb-sxm";
  old.cluster.replicas = 2;
  run.spec = spec::join_pools({{"new", fresh}, {"old", old}});
  spec::RunMetrics idle;
  idle.duration = run.metrics.duration;
  idle.time_in[static_cast<std::size_t>(spec::TimeBucket::Idle)] = idle.duration * 2;
  run.pools = {{"new", fresh, run.metrics, run.memory, run.bandwidth, {}},
               {"old", old, idle, run.memory, {}, {}}};
  run.pools[1].memory.kv_cache_tokens = 1000;
  run.pools[1].memory.usable_blocks = 60;
  run.metrics.time_in[static_cast<std::size_t>(spec::TimeBucket::Idle)] += idle.duration * 2;
  return run;
}

std::string brief(const spec::RunResult& run) {
  return to_terminal(make_report(sample::single(run)), {.width = 1000, .brief = true});
}

std::string line_with(const std::string& text, std::string_view begin) {
  const std::size_t at = text.find("\n" + std::string(begin));
  return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

TEST(PoolReport, HasARowForEach) {
  const std::string text = brief(two_pools());
  EXPECT_NE(text.find("on 1 × h100-sxm and 2 × a100-80gb-sxm (3 replicas in 2 pools)"),
            std::string::npos)
      << text;
  const std::string fresh = line_with(text, "new ");
  const std::string old = line_with(text, "old ");
  EXPECT_NE(fresh.find("1 × h100-sxm"), std::string::npos) << text;
  EXPECT_NE(fresh.find("60.0 %"), std::string::npos) << fresh;  // 60 of 100 s busy
  EXPECT_NE(old.find("2 × a100-80gb-sxm "), std::string::npos) << old;
  EXPECT_NE(old.find("1 000"), std::string::npos) << old;
  EXPECT_EQ(brief(sample::run()).find("Pools"), std::string::npos);
}

TEST(PoolReport, OverloadedStandsBesideItsLatencies) {
  spec::RunResult run = two_pools();
  EXPECT_EQ(line_with(brief(run), "new ").find("(overloaded)"), std::string::npos);
  run.metrics.stability = spec::Stability::Overloaded;
  EXPECT_NE(line_with(brief(run), "new ").find("(overloaded)"), std::string::npos);
}

TEST(PoolReport, JsonHasTheMetricsOfEach) {
  const auto json = nlohmann::json::parse(result_json(sample::single(two_pools())));
  const auto& pools = json["runs"][0]["pools"];
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[0]["name"], "new");
  EXPECT_EQ(pools[0]["metrics"]["completed"], sample::run().metrics.completed);
  EXPECT_EQ(pools[1]["gpu"], "a100-80gb-sxm");
  EXPECT_EQ(pools[1]["replicas"], 2);
  EXPECT_EQ(pools[1]["memory"]["usable_blocks"], 60);
  EXPECT_EQ(pools[1]["metrics"]["time_share"]["idle"], 1.0);
  EXPECT_FALSE(pools[1]["metrics"].contains("stability"));
  EXPECT_FALSE(
      nlohmann::json::parse(result_json(sample::single(sample::run())))["runs"][0].contains(
          "pools"));
}

}  // namespace
}  // namespace kvsim::report
