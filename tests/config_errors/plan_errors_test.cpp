// What a study's `plan` may not say.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

std::string plan_errors(const StudyFolder& folder, std::string_view more,
                        const std::vector<std::string>& sets = {}) {
  folder.write("study.yaml", good_study(more));
  return folder.complaints([&] {
    (void)load_plan(folder.path("study.yaml"), {shipped_library(), sets, 0});
  });
}

TEST(Plan, MustBeThere) {
  const StudyFolder folder;
  EXPECT_EQ(plan_errors(folder, ""), R"(study.yaml: error: this study has no 'plan' [plan]
    note: write plan: {search: {engine.tensor_parallel_size: [1, 2, 4, 8]}}
    note: 'kvsim run' simulates it as it is
)");
}

TEST(Plan, KnowsItsWords) {
  const StudyFolder folder;
  EXPECT_EQ(plan_errors(folder, "plan: {objektive: min_gpus, replicas: many}\n"),
            R"(study.yaml:10:8: error: unknown key 'objektive' [plan.objektive]
    plan: {objektive: min_gpus, replicas: many}
           ^
    note: did you mean 'objective'?
study.yaml:10:39: error: 'many' is no value of 'replicas' [plan.replicas]
    plan: {objektive: min_gpus, replicas: many}
                                          ^
    note: write auto or a whole number
)");
}

TEST(Plan, IsCheckedByRunToo) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study("plan: [1]\n")),
            R"(study.yaml:10:1: error: 'plan' is a list, but must be a map [plan]
    plan: [1]
    ^
    note: write plan: {objective: min_gpus, search: {dotted.key: [value, ...]}}
)");
}

TEST(Search, NeedsListsOfValues) {
  const StudyFolder folder;
  EXPECT_EQ(
      plan_errors(folder, "plan: {search: {engine.tensor_parallel_size: 2}}\n"),
      R"(study.yaml:10:46: error: 'engine.tensor_parallel_size' needs a list of values [plan.search.engine.tensor_parallel_size]
    plan: {search: {engine.tensor_parallel_size: 2}}
                                                 ^
    note: write engine.tensor_parallel_size: [2]
)");
}

TEST(Search, LeavesReplicasToThePlan) {
  const StudyFolder folder;
  EXPECT_EQ(
      plan_errors(folder, "plan: {search: {cluster.replicas: [1, 2]}}\n"),
      R"(study.yaml:10:17: error: the plan finds the number of replicas by itself [plan.search.cluster.replicas]
    plan: {search: {cluster.replicas: [1, 2]}}
                    ^
    note: drop it, or write plan: {replicas: 4}
)");
}

// The same mistake in each of four layouts is told once.
TEST(Search, TellsAMistakenValueOnce) {
  const StudyFolder folder;
  EXPECT_EQ(plan_errors(folder,
                        "plan: {search: {cluster.gpu: [h100-sxm, h100-sxn], "
                        "engine.tensor_parallel_size: [1, 2]}}\n"),
            R"(study.yaml:10:41: error: unknown gpu 'h100-sxn' [cluster.gpu]
    plan: {search: {cluster.gpu: [h100-sxm, h100-sxn], engine.tensor_parallel_size: [1, 2]}}
                                            ^
    note: did you mean 'h100-sxm'?
    note: 'kvsim gpus' lists all
)");
}

TEST(Variant, CannotChangeThePlan) {
  const StudyFolder folder;
  EXPECT_EQ(folder.errors_in(good_study("variants: [{name: a, plan.objective: min_cost}]\n")),
            R"(study.yaml:10:22: error: a variant cannot change 'plan.objective' [variants[0]]
    variants: [{name: a, plan.objective: min_cost}]
                         ^
    note: it can change model, cluster, engine, workload, slo, prices
)");
}

}  // namespace
}  // namespace kvsim::config
