// A study with pools from its text to its result, and from its manifest again.
#include <gtest/gtest.h>

#include "recorder.hpp"
#include "sim/report/resolved_spec.hpp"
#include "sim/report/result_json.hpp"
#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

// A single pool is no pool: the same bytes as a study that never heard of them.
TEST(Pools, OneIsTheStudyWithoutThem) {
  const StudyFolder folder;
  const auto pool = folder.load_text(
      study_on("{pools: {only: {gpu: h100-sxm, replicas: 3, engine: {tp_size: 2}}}}"));
  const auto plain = folder.load_text(good_study(), {"cluster.replicas=3", "engine.tp_size=2"});
  EXPECT_EQ(report::resolved_json(pool.runs.at(0)).dump(),
            report::resolved_json(plain.runs.at(0)).dump());
}

// What the manifest holds is the run again, though the first pool's engine says more than the
// second's.
TEST(Pools, AreReadAsTheyWereWritten) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      study_on(kTwoPools, "prices: {as_of: 2026-11-01, gpu_hour: {h200-sxm: 4}}\n"),
      {"cluster.pools.new.engine.max_model_len=4096",
       "cluster.pools.new.engine.num_gpu_blocks_override=900"});
  const std::string text = report::resolved_json(study.runs.at(0)).dump();
  const spec::RunSpec again = read_resolved("manifest.json", text);
  EXPECT_EQ(report::resolved_json(again).dump(), text);
  EXPECT_EQ(again.pools.at(0).engine.max_model_len, 4096);
  EXPECT_FALSE(again.pools.at(1).engine.max_model_len);
  EXPECT_FALSE(again.pools.at(1).engine.num_gpu_blocks_override);
}

// Twice the bandwidth, half the time: the pool of H200s answers sooner and, where requests go to
// who has the fewest, gets more of them.
TEST(Pools, TheFasterOneServesMore) {
  const StudyFolder folder;
  const auto study = folder.load_text(
      study_on("{pools: {h200: {gpu: h200-sxm, replicas: 1}, l40s: {gpu: l40s, replicas: 1}}}"),
      {"workload.num_requests=2000", "workload.arrivals.request_rate=6/s"});
  test::Recorder recorder;
  const spec::RunResult run = cluster::simulate(study.runs.at(0), study.cards, recorder);
  ASSERT_EQ(run.pools.size(), 2U);
  const spec::PoolResult& fast = run.pools[0];
  const spec::PoolResult& slow = run.pools[1];
  EXPECT_GT(fast.metrics.completed, 2 * slow.metrics.completed);
  EXPECT_LT(fast.metrics.tpot.mean, slow.metrics.tpot.mean / 2);
  EXPECT_EQ(fast.metrics.completed + slow.metrics.completed, 2000);
  const std::string json = report::result_json({"study", {run}, {}});
  EXPECT_NE(json.find(R"("pools": [)"), std::string::npos);
}

}  // namespace
}  // namespace kvsim::config
