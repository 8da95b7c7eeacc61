// Who is on the front.
#include "sim/plan/pareto.hpp"

#include <gtest/gtest.h>

namespace kvsim::plan {
namespace {

spec::PlanLayout layout(std::int64_t gpus, double tokens_per_gpu, double interactivity) {
  spec::PlanLayout layout;
  spec::PlanPoint point;
  point.gpus = gpus;
  point.tokens_per_gpu = tokens_per_gpu;
  point.interactivity = interactivity;
  layout.points = {point};
  layout.best = 0;
  return layout;
}

std::vector<bool> fronts(std::vector<spec::PlanLayout> layouts) {
  mark_front(layouts);
  std::vector<bool> on_front;
  for (const spec::PlanLayout& each : layouts) {
    on_front.push_back(each.on_front);
  }
  return on_front;
}

// 8 GPUs for the same traffic as 4 are worse in GPUs and tokens per GPU; only faster tokens make
// up for it.
TEST(Front, HoldsWhoIsBestInSomething) {
  EXPECT_EQ(fronts({layout(4, 100, 30), layout(8, 50, 60), layout(8, 50, 20)}),
            (std::vector<bool>{true, true, false}));
}

TEST(Front, KeepsEquals) {
  EXPECT_EQ(fronts({layout(4, 100, 30), layout(4, 100, 30)}), (std::vector<bool>{true, true}));
}

TEST(Front, LeavesOutWhoMeetsNothing) {
  spec::PlanLayout without = layout(1, 1000, 1000);
  without.best.reset();
  EXPECT_EQ(fronts({without, layout(4, 100, 30)}), (std::vector<bool>{false, true}));
}

// The dearer GPUs are fewer: then cost decides, not their number.
TEST(Front, CountsMoneyWhereThereArePrices) {
  spec::PlanLayout cheap = layout(8, 50, 30);
  spec::PlanLayout dear = layout(4, 50, 30);
  cheap.points[0].cost_per_hour = 16;
  dear.points[0].cost_per_hour = 20;
  EXPECT_EQ(fronts({cheap, dear}), (std::vector<bool>{true, false}));
}

}  // namespace
}  // namespace kvsim::plan
