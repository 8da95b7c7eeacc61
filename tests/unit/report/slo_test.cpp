#include "sim/report/slo.hpp"

#include <gtest/gtest.h>

#include "tests/unit/report/sample.hpp"

namespace kvsim::report {
namespace {

TEST(CheckLimits, ListsEachLimitWithItsValue) {
  spec::RunResult run = sample::run();
  run.spec.slo.e2el.emplace();
  run.spec.slo.e2el->mean = sample::seconds(1);
  run.spec.slo.e2el->p90 = sample::seconds(3);
  const auto checks = check_limits(run);
  ASSERT_EQ(checks.size(), 4U);
  EXPECT_EQ(limit_name(checks[0]), "p99 TTFT");
  EXPECT_EQ(checks[0].limit_ms, 2000);
  EXPECT_EQ(checks[0].value_ms, 200);
  EXPECT_TRUE(checks[0].met);
  EXPECT_EQ(limit_name(checks[2]), "mean E2EL");
  EXPECT_FALSE(checks[2].met);  // 2000 ms > 1 s
  EXPECT_TRUE(checks[3].met);   // 3000 ms <= 3 s: equal passes, as in vLLM
}

TEST(CheckLimits, NoneIsMetWhenNothingFinished) {
  spec::RunResult run = sample::run();
  run.metrics = {};
  for (const LimitCheck& check : check_limits(run)) {
    EXPECT_FALSE(check.met);
  }
}

TEST(AllLimitsMet, IsTrueWithoutLimitsAndFalseWhenOneRunMisses) {
  spec::RunResult run = sample::run();
  run.spec.slo = {};
  EXPECT_TRUE(all_limits_met({run}));
  EXPECT_FALSE(all_limits_met(sample::four_variants().runs));
  EXPECT_TRUE(all_limits_met({sample::run()}));
}

}  // namespace
}  // namespace kvsim::report
