// Prices of a study: who gets which, and do they travel?
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

constexpr std::string_view kPrices =
    "prices: {as_of: 2026-11-01, gpu_hour: {h100-sxm: 2.50, h200-sxm: 3.20}}\n";

TEST(Prices, ARunHasThatOfItsGpu) {
  const StudyFolder folder;
  const spec::StudySpec study = folder.load_text(
      good_study(kPrices) +
      "variants: [{name: h100}, {name: h200, cluster.gpu: h200-sxm}, {name: l40s, cluster.gpu: "
      "l40s}, {name: two, cluster.replicas: 2, prices.currency: EUR}]\n");
  ASSERT_EQ(study.runs.size(), 4U);
  EXPECT_EQ(study.runs[0].price->gpu_hour, 2.5);
  EXPECT_EQ(study.runs[0].price->currency, "USD");
  EXPECT_EQ(study.runs[0].price->as_of, "2026-11-01");
  EXPECT_EQ(study.runs[1].price->gpu_hour, 3.2);
  EXPECT_FALSE(study.runs[2].price);
  EXPECT_FALSE(spec::cost_per_hour(study.runs[2]));
  EXPECT_EQ(spec::num_gpus(study.runs[3]), 2);
  EXPECT_EQ(spec::cost_per_hour(study.runs[3]), 5.0);
  EXPECT_EQ(study.runs[3].price->currency, "EUR");
}

TEST(Prices, AreNobodysWithoutTheKey) {
  const StudyFolder folder;
  EXPECT_FALSE(folder.load_text(good_study()).runs[0].price);
}

TEST(Prices, CanBeSet) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study(kPrices), {"prices.gpu_hour.h100-sxm=1.99"});
  EXPECT_EQ(study.runs[0].price->gpu_hour, 1.99);
  EXPECT_EQ(study.runs[0].prices->gpu_hour.at("h200-sxm"), 3.2);
}

TEST(Prices, AGpuFileOfOnesOwnIsPricedByItsName) {
  const StudyFolder folder;
  folder.write("mine.yaml",
               "extends: " KVSIM_SOURCE_DIR "/configs/gpus/h100-sxm.yaml\nname: mine\n");
  const auto study =
      folder.load_text(good_study("prices: {as_of: 2026-11-01, gpu_hour: {mine: 1}}\n"),
                       {"cluster.gpu=" + folder.path("mine.yaml").string()});
  EXPECT_EQ(study.runs[0].price->gpu_hour, 1);
}

// ---- limits that have a name ------------------------------------------------------------------

TEST(SloPreset, IsANameOrAMapWithAPreset) {
  const StudyFolder folder;
  for (const char* slo :
       {"slo: mlperf-llama2-70b-server\n", "slo: {preset: mlperf-llama2-70b-server}\n"}) {
    const spec::SloSpec limits = folder.load_text(good_study(slo)).runs[0].slo;
    EXPECT_EQ(limits.name, "mlperf-llama2-70b-server");
    EXPECT_FALSE(limits.source.empty());
    EXPECT_EQ(to_milliseconds(*limits.ttft->p99), 2000);
    EXPECT_EQ(to_milliseconds(*limits.tpot->p99), 200);
    EXPECT_FALSE(limits.e2el);
  }
}

TEST(SloPreset, KeysBesideItChangeAPartAndTheName) {
  const StudyFolder folder;
  const spec::SloSpec limits =
      folder.load_text(good_study("slo: {preset: mlperf-llama2-70b-server, ttft: {p99: 1 s}}\n"))
          .runs[0]
          .slo;
  EXPECT_EQ(limits.name, "mlperf-llama2-70b-server (changed)");
  EXPECT_EQ(to_milliseconds(*limits.ttft->p99), 1000);
  EXPECT_EQ(to_milliseconds(*limits.tpot->p99), 200);
}

TEST(SloPreset, CanBeSweptAndSet) {
  const StudyFolder folder;
  const auto swept = folder.load_text(
      good_study("slo: {e2el: {p99: 9 s}}\nsweep: {slo: [mlperf-llama3.1-8b-server, "
                 "mlperf-llama3.1-8b-interactive]}\n"));
  ASSERT_EQ(swept.runs.size(), 2U);
  EXPECT_EQ(to_milliseconds(*swept.runs[1].slo.tpot->p99), 30);
  EXPECT_FALSE(swept.runs[1].slo.e2el);
  const auto set = folder.load_text(good_study(), {"slo.preset=mlperf-deepseek-r1-interactive"});
  EXPECT_EQ(to_milliseconds(*set.runs[0].slo.ttft->p99), 1500);
}

// loadgen/mlperf.conf of mlcommons/inference at 001712e9: ttft_latency and tpot_latency.
TEST(SloPreset, AllHoldMlperfsTargets) {
  const std::map<std::string, std::pair<double, double>> targets = {
      {"mlperf-llama2-70b-server", {2000, 200}},
      {"mlperf-llama2-70b-interactive", {450, 40}},
      {"mlperf-llama3.1-405b-server", {6000, 175}},
      {"mlperf-llama3.1-405b-interactive", {4500, 80}},
      {"mlperf-llama3.1-8b-server", {2000, 100}},
      {"mlperf-llama3.1-8b-interactive", {500, 30}},
      {"mlperf-mixtral-8x7b-server", {2000, 200}},
      {"mlperf-deepseek-r1-server", {2000, 80}},
      {"mlperf-deepseek-r1-interactive", {1500, 15}}};
  const std::vector<spec::SloSpec> slos = load_slos(shipped_library());
  EXPECT_EQ(slos.size(), targets.size());
  for (const spec::SloSpec& slo : slos) {
    ASSERT_TRUE(targets.contains(slo.name)) << slo.name;
    EXPECT_EQ(to_milliseconds(*slo.ttft->p99), targets.at(slo.name).first) << slo.name;
    EXPECT_EQ(to_milliseconds(*slo.tpot->p99), targets.at(slo.name).second) << slo.name;
  }
}

}  // namespace
}  // namespace kvsim::config
