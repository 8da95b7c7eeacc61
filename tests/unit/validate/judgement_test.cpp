// Errors, groups, targets and coverage against sums done by hand.
#include "sim/validate/judgement.hpp"

#include <gtest/gtest.h>

namespace kvsim::validate {
namespace {

Comparison row(std::string gpu, double measured, double predicted) {
  Comparison row;
  row.labels = {{"gpu", std::move(gpu)}, {"tp", "1"}};
  row.metric = "mean_tpot_ms";
  row.measured = measured;
  row.predicted = predicted;
  return row;
}

spec::MeasuredMap map() {
  spec::MeasuredMap map;
  map.group_by = {"gpu", "tp"};
  map.measured = {{"mean_tpot_ms", "tpot"}};
  return map;
}

const Group* find(const Judgement& judgement, const std::string& by, const std::string& name) {
  for (const Group& group : judgement.groups) {
    if (group.by == by && group.name == name) {
      return &group;
    }
  }
  return nullptr;
}

// Errors 0, 0.1, 0.2, 0.3, 0.4 with signs + - + - +: median 0.2, mean 0.2, bias (0 - 0.1 + 0.2 -
// 0.3 + 0.4)/5 = 0.04, p90 (type 7) at rank 3.6: 0.3 + 0.6 · 0.1 = 0.36.
TEST(Judgement, ErrorsAreThoseOfRatios) {
  const Errors errors = errors_of({1.0, 0.9, 1.2, 0.7, 1.4});
  EXPECT_EQ(errors.n, 5);
  EXPECT_NEAR(errors.median_ape, 0.2, 1e-12);
  EXPECT_NEAR(errors.mean_ape, 0.2, 1e-12);
  EXPECT_NEAR(errors.p90_ape, 0.36, 1e-12);
  EXPECT_NEAR(errors.bias, 0.04, 1e-12);
}

TEST(Judgement, GroupsBySingleColumnsAndByAllOfThem) {
  Judgement judgement;
  judgement.rows = {row("h100", 10, 11), row("h100", 10, 13), row("h200", 10, 10)};
  judge(judgement, map());
  EXPECT_EQ(find(judgement, "all", "all")->errors.n, 3);
  EXPECT_NEAR(find(judgement, "gpu", "h100")->errors.median_ape, 0.2, 1e-12);
  EXPECT_NEAR(find(judgement, "gpu x tp", "h200, 1")->errors.median_ape, 0, 1e-12);
}

// The one row that host time was fitted to would halve the error.
TEST(Judgement, RowsOfAHostFitAreInNoError) {
  Judgement judgement;
  judgement.rows = {row("h100", 10, 12), row("h100", 10, 10)};
  judgement.rows[1].fitted = "vllm-0.11.0";
  judge(judgement, map());
  EXPECT_EQ(find(judgement, "all", "all")->errors.n, 1);
  EXPECT_NEAR(find(judgement, "all", "all")->errors.mean_ape, 0.2, 1e-12);
}

TEST(Judgement, CoverageCountsMeasuredValuesInsideTheInterval) {
  Judgement judgement;
  judgement.rows = {row("a", 10, 11), row("a", 10, 20), row("a", 10, 10)};
  judgement.rows[0].interval = Bounds{9.9, 12.1};  // half width 1.1 / 11 = 10 %, 10 inside
  judgement.rows[1].interval = Bounds{16, 24};     // 4 / 20 = 20 %, outside
  judge(judgement, map());
  const Group* all = find(judgement, "all", "all");
  ASSERT_TRUE(all->coverage.has_value());
  EXPECT_EQ(all->coverage->n, 2);
  EXPECT_NEAR(all->coverage->share, 0.5, 1e-12);
  EXPECT_NEAR(all->coverage->median_half_width, 0.15, 1e-12);
  EXPECT_FALSE(all->mean_field.has_value());
}

TEST(Judgement, TargetsAreMetByMedianAndP90) {
  Judgement judgement;
  judgement.rows = {row("a", 10, 10.4), row("a", 10, 10.4), row("a", 10, 13), row("b", 10, 20)};
  for (std::size_t i = 0; i < 3; ++i) {
    judgement.rows[i].targets = {"loose", "tight"};
  }
  spec::MeasuredMap with = map();
  with.targets = {{"loose", {}, "mean_tpot_ms", 0.05},
                  {"tight", {}, "mean_tpot_ms", 0.05, 0.15},
                  {"of no row", {}, "mean_tpot_ms", 0.05}};
  judge(judgement, with);
  ASSERT_EQ(judgement.targets.size(), 2);
  EXPECT_TRUE(judgement.targets[0].met);
  EXPECT_FALSE(judgement.targets[1].met);  // p90 at rank 1.8: 0.04 + 0.8 · 0.26 = 0.248
  EXPECT_NEAR(judgement.targets[1].group.errors.p90_ape, 0.248, 1e-12);
}

}  // namespace
}  // namespace kvsim::validate
