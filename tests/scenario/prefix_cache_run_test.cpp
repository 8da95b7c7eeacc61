// Prefix caching over whole runs: what a server finds against what the curve says it could.
#include <gtest/gtest.h>

#include "data_file.hpp"
#include "library.hpp"
#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/cluster/prefix_curve.hpp"
#include "sim/memory/hbm_budget.hpp"

namespace kvsim {
namespace {

// 400 turns of conversations of 1 to 6 turns under 3 system prompts, one at a time: with fixed
// lengths no prompt ends with a block of 16, so none is computed twice. Length of turn k: 37 + 21 +
// (k - 1) · (21 + 12) = 58, 91, 124, 157, 190, 223.
spec::RunSpec conversations(std::int64_t blocks) {
  spec::RunSpec run = test::tiny_run(400, 21, 12);
  run.engine.max_model_len = 256;
  run.engine.max_num_seqs = 1;
  run.engine.enable_prefix_caching = true;
  run.engine.async_scheduling = false;
  run.engine.num_gpu_blocks_override = blocks + 1;  // and vLLM's null block
  run.workload.shared_prefix = spec::SharedPrefixSpec{3, test::fixed(37), {}};
  run.workload.conversation =
      spec::ConversationSpec{.turns = test::uniform(1, 6), .think_time = {}, .follow_up = {}};
  run.workload.conversation->think_time.fixed = Duration(kAttosecondsPerSecond) * 1000;
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(0.003), 1};
  return run;
}

spec::RunMetrics simulated(const spec::RunSpec& run) {
  test::Recorder recorder;
  return cluster::simulate(run, test::millisecond_steps(), recorder, engine::Stepper::Macro)
      .metrics;
}

// Where a request is always served before the next comes the policy is plain LRU, and the curve is
// what a server of that size finds, to the block.
TEST(PrefixCacheRun, MeetsTheCurveWhereRequestsComeOneByOne) {
  double last = -1;
  for (const std::int64_t blocks : {16, 24, 40, 70, 120, 250, 2000}) {
    const spec::RunSpec run = conversations(blocks);
    const auto curve = cluster::prefix_curve(run);
    ASSERT_TRUE(curve);
    const spec::RunMetrics metrics = simulated(run);
    EXPECT_EQ(metrics.completed, 400);
    EXPECT_DOUBLE_EQ(metrics.prefix_cache_hit_rate, curve->hit_rate_at_capacity) << blocks;
    EXPECT_GE(curve->hit_rate_at_capacity, last) << blocks;
    last = curve->hit_rate_at_capacity;
    EXPECT_LE(last, curve->ideal_hit_rate);
  }
  EXPECT_GT(last, 0.5);
  EXPECT_LT(simulated(conversations(16)).prefix_cache_hit_rate, 0.9 * last);
}

TEST(PrefixCacheRun, CurveRisesFromPointToPoint) {
  const auto curve = cluster::prefix_curve(conversations(100));
  ASSERT_TRUE(curve);
  ASSERT_GT(curve->points.size(), 10U);
  for (std::size_t i = 1; i < curve->points.size(); ++i) {
    EXPECT_GT(curve->points[i].capacity_tokens, curve->points[i - 1].capacity_tokens);
    EXPECT_GE(curve->points[i].hit_rate, curve->points[i - 1].hit_rate);
  }
  EXPECT_DOUBLE_EQ(curve->points.back().hit_rate, curve->ideal_hit_rate);
}

// Found tokens are not computed, and every request says how many it found.
TEST(PrefixCacheRun, FoundTokensAreNotComputed) {
  spec::RunSpec run = conversations(2000);
  test::Recorder recorder;
  const auto cached =
      cluster::simulate(run, test::millisecond_steps(), recorder, engine::Stepper::Step).metrics;
  std::int64_t found = 0;
  for (const spec::RequestRecord& record : recorder.records) {
    EXPECT_LT(record.cached_tokens, record.prompt_tokens);
    EXPECT_EQ(record.cached_tokens % 16, 0);
    found += record.cached_tokens;
  }
  EXPECT_EQ(cached.prefix_cache_hits, found);
  run.engine.enable_prefix_caching = false;
  const spec::RunMetrics plain = simulated(run);
  EXPECT_EQ(plain.computed_tokens - cached.computed_tokens, found);
  EXPECT_EQ(plain.prefix_cache_hits, 0);
  EXPECT_FALSE(cluster::prefix_curve(run));
}

spec::RunSpec mooncake(const std::string& trace, std::int64_t block_size, std::int64_t blocks) {
  spec::RunSpec run = test::tiny_run(1, 1, 1);
  run.workload = {};
  run.workload.trace = trace;
  run.workload.format = spec::TraceFormat::Mooncake;
  run.engine.max_model_len = 131'072;
  run.engine.block_size = block_size;
  run.engine.num_gpu_blocks_override = blocks + 1;
  run.engine.enable_prefix_caching = true;
  run.engine.async_scheduling = false;
  return run;
}

// Counted by hand over the file, in blocks of 512 tokens: of 288 500 blocks 105 710 came before,
// 105 592 of them full and not the end of their prompt: 36.60 %, and 37.34 % of the tokens.
TEST(PrefixCacheRun, FindsAllThatThereIsInMooncakesTraceWithRoomForIt) {
  KVSIM_NEEDS_DATA(path, "traces/mooncake_conversation.jsonl");
  const spec::RunMetrics metrics = simulated(mooncake(*path, 512, 300'000));
  EXPECT_EQ(metrics.prefix_cache_hits, 105'592 * 512);
  EXPECT_NEAR(metrics.prefix_cache_block_hit_rate, 105'592 / 288'500.0, 1e-12);
  EXPECT_NEAR(metrics.prefix_cache_hit_rate, 0.3734, 5e-5);
}

// One request at a time the policy is plain LRU, but for prompts that are there as a whole and end
// with a block: that block is computed twice, and of two copies the older is found. Seven could be.
TEST(PrefixCacheRun, MeetsTheCurveOnMooncakesTrace) {
  KVSIM_NEEDS_DATA(path, "traces/mooncake_conversation.jsonl");
  for (const std::int64_t blocks : {10'000, 30'000, 57'000, 100'000, 200'000, 450'000}) {
    spec::RunSpec run = mooncake(*path, 16, blocks);
    run.engine.max_num_seqs = 1;
    const spec::RunMetrics metrics = simulated(run);
    const double by_curve = cluster::prefix_curve(run)->hit_rate_at_capacity *
                            static_cast<double>(metrics.prefix_cache_queries) / 16;
    EXPECT_NEAR(static_cast<double>(metrics.prefix_cache_hits) / 16, by_curve, 2) << blocks;
  }
}

// A model that keeps a window is served without a cache, and the result says so.
TEST(PrefixCacheRun, SaysWhereItIsNotSimulated) {
  spec::RunSpec run = conversations(2000);
  run.model.layer_types = {spec::LayerType::Sliding, spec::LayerType::Full};
  run.model.sliding_window = 32;
  test::Recorder recorder;
  const spec::RunResult result =
      cluster::simulate(run, test::millisecond_steps(), recorder, engine::Stepper::Macro);
  EXPECT_EQ(result.metrics.prefix_cache_hits, 0);
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_EQ(result.notes[0],
            "enable_prefix_caching: not simulated for a model with windows, chunks or states: "
            "every prompt was computed as a whole, which an engine may have found in its cache.");
}

}  // namespace
}  // namespace kvsim
