// From a study's `plan` to questions and their layouts.
#include <gtest/gtest.h>

#include "tests/config_errors/study_folder.hpp"

namespace kvsim::config {
namespace {

spec::PlanStudy load(const StudyFolder& folder, std::string_view more,
                     const std::vector<std::string>& sets = {}) {
  folder.write("study.yaml", good_study(more));
  return load_plan(folder.path("study.yaml"), {shipped_library(), sets, 0});
}

using Choice = std::vector<std::pair<std::string, std::string>>;

TEST(Plan, HasDefaults) {
  const StudyFolder folder;
  const spec::PlanStudy all = load(folder, "plan: {}\n");
  EXPECT_EQ(all.plan.objective, spec::Objective::MinGpus);
  EXPECT_FALSE(all.plan.replicas);
  ASSERT_EQ(all.questions.size(), 1U);
  ASSERT_EQ(all.questions[0].layouts.size(), 1U);
  EXPECT_TRUE(all.questions[0].layouts[0].choice.empty());
}

// 2 variants x 2 rates = 4 questions, each with 2 GPUs x 2 sizes = 4 layouts; the last searched key
// turns fastest.
TEST(Plan, AsksEachVariantAtEachPointAboutEachLayout) {
  const StudyFolder folder;
  const spec::PlanStudy all = load(folder, R"(
variants: [{name: Big, engine.block_size: 32}, {name: Small}]
sweep: {workload.arrivals.request_rate: [1/s, 2/s]}
plan:
  objective: max_throughput
  max_gpus: 16
  replicas: 2
  search: {cluster.gpu: [h100-sxm, h200-sxm], engine.tensor_parallel_size: [1, 2]}
)");
  EXPECT_EQ(all.plan.objective, spec::Objective::MaxThroughput);
  EXPECT_EQ(all.plan.replicas, 2);
  ASSERT_EQ(all.questions.size(), 4U);
  EXPECT_EQ(all.questions[1].id, "big-request_rate-2-s");
  EXPECT_EQ(all.questions[3].variant, "Small");
  EXPECT_EQ(all.study.runs.size(), 4U);
  const spec::PlanQuestion& question = all.questions[1];
  ASSERT_EQ(question.layouts.size(), 4U);
  const spec::Layout& layout = question.layouts[3];
  EXPECT_EQ(layout.choice,
            (Choice{{"cluster.gpu", "h200-sxm"}, {"engine.tensor_parallel_size", "2"}}));
  EXPECT_EQ(layout.run.cluster.gpu.name, "h200-sxm");
  EXPECT_EQ(layout.run.engine.tensor_parallel_size, 2);
  EXPECT_EQ(layout.run.engine.block_size, 32);
  EXPECT_EQ(layout.run.workload.arrivals->request_rate, PerSecond(2));
}

// 32 heads do not divide by 3: no fault of the study, the plan will say so.
TEST(Plan, KeepsLayoutsThatCannotBeCut) {
  const StudyFolder folder;
  const spec::PlanStudy all =
      load(folder, "plan: {search: {engine.tensor_parallel_size: [1, 3]}}\n");
  EXPECT_EQ(all.questions[0].layouts[1].run.engine.tensor_parallel_size, 3);
}

TEST(Plan, IsChangedBySet) {
  const StudyFolder folder;
  const spec::PlanStudy all = load(folder, "plan: {search: {engine.max_num_seqs: [8]}}\n",
                                   {"plan.max_gpus=4", "plan.search.engine.max_num_seqs=[16, 32]"});
  EXPECT_EQ(all.plan.max_gpus, 4);
  ASSERT_EQ(all.questions[0].layouts.size(), 2U);
  EXPECT_EQ(all.questions[0].layouts[1].run.engine.max_num_seqs, 32);
}

TEST(Plan, DoesNotChangeARun) {
  const StudyFolder folder;
  const auto study = folder.load_text(good_study("plan: {search: {engine.max_num_seqs: [8]}}\n"));
  ASSERT_EQ(study.runs.size(), 1U);
  EXPECT_EQ(study.runs[0].engine.max_num_seqs, 1024);
}

}  // namespace
}  // namespace kvsim::config
