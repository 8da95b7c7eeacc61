// Prices, named limits and power that are wrong.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

TEST(PriceErrors, AreToldAllAtOnce) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(prices:
  currency: dollars
  gpu_hour: {h100-smx: 2.5, h200-sxm: -1, l40s: 1 USD}
)")),
            R"(study.yaml:10:1: error: key 'as_of' is missing [prices.as_of]
    prices:
    ^
    note: as_of: the day of these prices: YYYY-MM-DD
study.yaml:12:14: error: unknown gpu 'h100-smx' [prices.gpu_hour.h100-smx]
      gpu_hour: {h100-smx: 2.5, h200-sxm: -1, l40s: 1 USD}
                 ^
    note: did you mean 'h100-sxm'?
study.yaml:12:39: error: '-1' is too small [prices.gpu_hour.h200-sxm]
      gpu_hour: {h100-smx: 2.5, h200-sxm: -1, l40s: 1 USD}
                                          ^
    note: gpu_hour must be greater than 0
study.yaml:12:49: error: '1 USD' is not a plain number [prices.gpu_hour.l40s]
      gpu_hour: {h100-smx: 2.5, h200-sxm: -1, l40s: 1 USD}
                                                    ^
    note: write it without a unit
)");
}

TEST(PriceErrors, ADateIsADayOfTheCalendar) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(prices: {as_of: 2026-02-30, currency: usd, gpu_hour: {}}
)")),
            R"(study.yaml:10:10: error: 'as_of' is no date [prices.as_of]
    prices: {as_of: 2026-02-30, currency: usd, gpu_hour: {}}
             ^
    note: write year, month and day, for example 2026-11-01
study.yaml:10:29: error: 'currency' is no currency [prices.currency]
    prices: {as_of: 2026-02-30, currency: usd, gpu_hour: {}}
                                ^
    note: write three capital letters, for example USD or EUR
study.yaml:10:44: error: 'gpu_hour' names no GPU [prices.gpu_hour]
    prices: {as_of: 2026-02-30, currency: usd, gpu_hour: {}}
                                               ^
    note: give one at least, for example {h100-sxm: 2.50}
)");
}

TEST(PriceErrors, PricesAreAMapOfNumbers) {
  const StudyFolder folder;
  EXPECT_EQ(
      folder.errors_in(good_study(R"(prices: {as_of: 2026-11-01, gpu_hour: 2.5}
)")),
      R"(study.yaml:10:39: error: 'gpu_hour' is a single value, but must be a map of keys [prices.gpu_hour]
    prices: {as_of: 2026-11-01, gpu_hour: 2.5}
                                          ^
    note: what an hour of one GPU costs, by the GPU's name
)");
}

TEST(SloErrors, AnUnknownNameHasAGuess) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study("slo: mlperf-llama2-70b-sever\n")),
            R"(study.yaml:10:6: error: unknown slo 'mlperf-llama2-70b-sever' [slo]
    slo: mlperf-llama2-70b-sever
         ^
    note: did you mean 'mlperf-llama2-70b-server'?
    note: 'kvsim slos' lists all
)");
  EXPECT_EQ(folder.errors_in(good_study("slo: {preset: [a, b]}\n")),
            R"(study.yaml:10:15: error: 'preset' must be the name of limits [slo.preset]
    slo: {preset: [a, b]}
                  ^
    note: 'kvsim slos' lists all
)");
}

TEST(PowerErrors, IdlePowerNeedsALargerTdp) {
  const StudyFolder folder;
  folder.write("mine.yaml",
               "extends: " KVSIM_SOURCE_DIR
               "/configs/gpus/h100-sxm.yaml\nname: mine\ntdp: 700\nidle_power: 70 W\n");
  EXPECT_EQ(folder.errors_in(good_study(), {"cluster.gpu=" + folder.path("mine.yaml").string()}),
            R"(mine.yaml:3:6: error: '700' has no unit [cluster.gpu.tdp]
    tdp: 700
         ^
    note: write for example 700 W
)");
  EXPECT_EQ(
      folder.errors_in(good_study(), {"cluster.gpu.idle_power=701 W"}),
      R"(--set cluster.gpu.idle_power=701 W:1:1: error: 'idle_power' is more than the tdp, or there is none [cluster.gpu.idle_power]
    cluster.gpu.idle_power=701 W
    ^
    note: give tdp, and less than that here
)");
}

}  // namespace
}  // namespace kvsim::config
