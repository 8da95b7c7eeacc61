// cluster.pools: which pool gets what, and who may change it.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

// 2 replicas of 2 GPUs and 4 of one. vLLM takes 1024 sequences from 70 GiB on, 256 on an A100.
TEST(Pools, EachHasItsOwnGpuAndEngine) {
  const StudyFolder folder;
  const auto study =
      folder.load_text(study_on(kTwoPools,
                                "prices: {as_of: 2026-11-01, gpu_hour: {h200-sxm: 4, "
                                "a100-80gb-sxm: 1.5}}\n"),
                       {"engine.block_size=32"});
  const spec::RunSpec& run = study.runs.at(0);
  ASSERT_EQ(run.pools.size(), 2U);
  EXPECT_EQ(run.cluster.router, spec::Router::LeastKv);
  EXPECT_EQ(run.cluster.replicas, 6);
  EXPECT_EQ(spec::num_gpus(run), 8);
  EXPECT_EQ(*spec::cost_per_hour(run), 4 * 4 + 4 * 1.5);
  const spec::PoolSpec& fresh = run.pools[0];
  const spec::PoolSpec& old = run.pools[1];
  EXPECT_EQ(fresh.name, "new");
  EXPECT_EQ(fresh.gpu.name, "h200-sxm");
  EXPECT_EQ(fresh.engine.tensor_parallel_size, 2);
  EXPECT_EQ(fresh.engine.max_num_seqs, 1024);
  EXPECT_EQ(fresh.startup_delay, Duration());
  EXPECT_EQ(old.engine.tensor_parallel_size, 1);
  EXPECT_EQ(old.engine.max_num_seqs, 256);
  EXPECT_EQ(old.startup_delay, to_duration(Seconds(90)));
  EXPECT_EQ(fresh.engine.block_size, 32);
  EXPECT_EQ(old.engine.block_size, 32);
}

// The pool's own profile brings its own defaults; what the study says of the engine holds for all.
TEST(Pools, MayRunAnotherEngine) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      study_on("{gpu: h100-sxm, pools: {a: {replicas: 1},\n"
               "    b: {replicas: 1, engine: {profile: sglang-0.5, max_num_seqs: 64}}}}"),
      {"engine.gpu_memory_utilization=0.8"});
  const auto& pools = study.runs.at(0).pools;
  EXPECT_EQ(pools.at(0).engine.profile, "vllm-0.24");
  EXPECT_EQ(pools.at(1).engine.profile, "sglang-0.5");
  EXPECT_FALSE(pools[1].engine.enable_mixed_chunk);
  EXPECT_EQ(pools[1].engine.max_num_seqs, 64);
  EXPECT_EQ(pools[0].engine.gpu_memory_utilization, 0.8);
  EXPECT_EQ(pools[1].engine.gpu_memory_utilization, 0.8);
}

TEST(Pools, AreSizedByVariantsSweepsAndSets) {
  const StudyFolder folder;
  const auto study = folder.load_text(study_on(kTwoPools,
                                               "sweep: {cluster.pools.old.replicas: [0, 3]}\n"
                                               "variants:\n"
                                               "  - {name: mixed}\n"
                                               "  - {name: slow, cluster.pools.old.gpu: l40s}\n"),
                                      {"cluster.pools.new.replicas=7"});
  ASSERT_EQ(study.runs.size(), 4U);
  EXPECT_TRUE(study.runs[0].pools.empty());  // without replicas it is no pool
  EXPECT_EQ(study.runs[0].cluster.replicas, 7);
  EXPECT_EQ(study.runs[0].engine.tensor_parallel_size, 2);
  EXPECT_EQ(study.runs[1].pools.at(1).replicas, 3);
  EXPECT_EQ(study.runs[1].pools[1].gpu.name, "a100-80gb-sxm");
  EXPECT_EQ(study.runs[3].pools.at(1).gpu.name, "l40s");
}

TEST(Pools, AreTakenAwayByNull) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      study_on(kTwoPools), {"cluster.pools=null", "cluster.gpu=h100-sxm", "cluster.replicas=5"});
  EXPECT_TRUE(study.runs.at(0).pools.empty());
  EXPECT_EQ(study.runs[0].cluster.replicas, 5);
}

TEST(Pools, SayWhatTheClusterSaysInVain) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      study_on("{gpu: h100-sxm, replicas: 8, startup_delay: 5 s,\n"
               "    pools: {a: {replicas: 1}, b: {replicas: 2, startup_delay: 0 s}}}"));
  const spec::RunSpec& run = study.runs.at(0);
  EXPECT_EQ(run.cluster.replicas, 3);
  EXPECT_EQ(run.pools.at(0).startup_delay, to_duration(Seconds(5)));
  EXPECT_EQ(run.pools.at(1).startup_delay, Duration());
  ASSERT_EQ(study.warnings.size(), 1U);
  EXPECT_EQ(study.warnings[0].message, "cluster.replicas is of no effect: each pool says its own");
}

}  // namespace
}  // namespace kvsim::config
