// What is wrong with pools is told where it stands.
#include <gtest/gtest.h>

#include "study_folder.hpp"

namespace kvsim::config {
namespace {

std::string errors(const std::string& pools, const std::vector<std::string>& sets = {}) {
  const StudyFolder folder;
  return folder.errors_in(study_on("{pools: " + pools + "}"), sets);
}

TEST(PoolErrors, AListHasNoNames) {
  EXPECT_EQ(
      errors("[{gpu: h200-sxm, replicas: 2}]"),
      R"(study.yaml:4:11: error: 'pools' is a list, but must be a map of pools by their names [cluster.pools]
    cluster: {pools: [{gpu: h200-sxm, replicas: 2}]}
              ^
    note: write pools: {new: {gpu: h200-sxm, replicas: 2}, old: {gpu: h100-sxm, replicas: 4}}
)");
}

TEST(PoolErrors, ATypoNamesThePool) {
  EXPECT_EQ(errors("{a: {gpu: h200-sxm, replica: 2}}"),
            R"(study.yaml:4:38: error: unknown key 'replica' [cluster.pools.a.replica]
    cluster: {pools: {a: {gpu: h200-sxm, replica: 2}}}
                                         ^
    note: did you mean 'replicas'?
    note: known here: gpu, replicas, startup_delay, engine
)");
}

TEST(PoolErrors, EachSaysWhatItIsAndHowMany) {
  EXPECT_EQ(errors("{a: {replicas: 2}, b: {gpu: h100-sxm}}"),
            R"(study.yaml:4:19: error: key 'gpu' is missing [cluster.pools.a.gpu]
    cluster: {pools: {a: {replicas: 2}, b: {gpu: h100-sxm}}}
                      ^
    note: give the pool's, or cluster.gpu for all pools that name none
study.yaml:4:37: error: key 'replicas' is missing [cluster.pools.b.replicas]
    cluster: {pools: {a: {replicas: 2}, b: {gpu: h100-sxm}}}
                                        ^
    note: replicas: engines that serve side by side in this pool
)");
}

TEST(PoolErrors, AMisspeltNameIsNoNewPool) {
  EXPECT_EQ(
      errors("{new: {gpu: h200-sxm, replicas: 2}, old: {gpu: h100-sxm, replicas: 1}}",
             {"cluster.pools.olb.replicas=3"}),
      R"(--set cluster.pools.olb.replicas=3:1:1: error: key 'gpu' is missing [cluster.pools.olb.gpu]
    cluster.pools.olb.replicas=3
    ^
    note: did you mean the pool 'old'?
    note: give the pool's, or cluster.gpu for all pools that name none
)");
}

TEST(PoolErrors, SomebodyMustServe) {
  EXPECT_EQ(errors("{a: {gpu: h100-sxm, replicas: 0}, b: {gpu: h200-sxm, replicas: 0}}"),
            R"(study.yaml:4:11: error: no pool has replicas [cluster.pools]
    cluster: {pools: {a: {gpu: h100-sxm, replicas: 0}, b: {gpu: h200-sxm, replicas: 0}}}
              ^
    note: give one of them at least 1
)");
}

TEST(PoolErrors, AValueIsToldAtItsPlace) {
  EXPECT_EQ(errors("{a: {gpu: h100-sxm, replicas: many}, b: {gpu: h201-sxm, replicas: 1}}"),
            R"(study.yaml:4:48: error: 'many' is not a number [cluster.replicas]
    cluster: {pools: {a: {gpu: h100-sxm, replicas: many}, b: {gpu: h201-sxm, replicas: 1}}}
                                                   ^
    note: write a decimal number
study.yaml:4:64: error: unknown gpu 'h201-sxm' [cluster.pools.b.gpu]
    cluster: {pools: {a: {gpu: h100-sxm, replicas: many}, b: {gpu: h201-sxm, replicas: 1}}}
                                                                   ^
    note: did you mean 'h200-sxm'?
    note: 'kvsim gpus' lists all
)");
}

TEST(PoolErrors, APlanCountsOneKind) {
  const StudyFolder folder;
  folder.write("study.yaml", good_study("plan: {}\n"));
  const std::string pools = "cluster.pools={a: {gpu: h200-sxm, replicas: 1}}";
  EXPECT_EQ(
      folder.complaints([&] {
        (void)load_plan(folder.path("study.yaml"), {shipped_library(), {pools}, 0});
      }),
      R"(--set cluster.pools={a: {gpu: h200-sxm, replicas: 1}}:1:1: error: a plan counts replicas that are alike, so it cannot have pools [cluster.pools]
    cluster.pools={a: {gpu: h200-sxm, replicas: 1}}
    ^
    note: search cluster.gpu, which compares kinds of GPUs
    note: 'kvsim run' simulates pools; sweep cluster.pools.NAME.replicas to size one
)");
}

}  // namespace
}  // namespace kvsim::config
