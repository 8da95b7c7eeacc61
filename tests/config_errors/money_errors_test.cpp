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
            R"()");
}

TEST(PriceErrors, ADateIsADayOfTheCalendar) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(prices: {as_of: 2026-02-30, currency: usd, gpu_hour: {}}
)")),
            R"()");
}

TEST(PriceErrors, PricesAreAMapOfNumbers) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study(R"(prices: {as_of: 2026-11-01, gpu_hour: 2.5}
)")),
            R"()");
}

TEST(SloErrors, AnUnknownNameHasAGuess) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study("slo: mlperf-llama2-70b-sever\n")), R"()");
  EXPECT_EQ(folder.errors_in(good_study("slo: {preset: [a, b]}\n")), R"()");
}

TEST(PowerErrors, IdlePowerNeedsALargerTdp) {
  const StudyFolder folder;
  folder.write("mine.yaml",
               "extends: " KVSIM_SOURCE_DIR
               "/configs/gpus/h100-sxm.yaml\nname: mine\ntdp: 700\nidle_power: 70 W\n");
  EXPECT_EQ(folder.errors_in(good_study(), {"cluster.gpu=mine.yaml"}), R"()");
  EXPECT_EQ(folder.errors_in(good_study(), {"cluster.gpu.idle_power=701 W"}), R"()");
}

}  // namespace
}  // namespace kvsim::config
