// Rules of repeated traces, shared prefixes and conversations.
#include <gtest/gtest.h>

#include "study_folder.hpp"

namespace kvsim::config {
namespace {

std::string errors_of(std::string_view workload) {
  const StudyFolder folder;
  return folder.errors_in(R"(version: 1
name: test
model: llama-3.1-8b
cluster: {gpu: h100-sxm}
engine: {profile: vllm-0.24}
workload:
)" + std::string(workload));
}

constexpr std::string_view kGenerated = R"(  arrivals: {process: poisson, request_rate: 4/s}
  lengths: {prompt: {fixed: 100}, output: {fixed: 100}}
  num_requests: 10
)";

std::string generated(std::string_view more) {
  return errors_of(std::string(kGenerated) + std::string(more));
}

TEST(Conversation, IsNotBesideATrace) {
  EXPECT_EQ(errors_of(R"(  trace: t.jsonl
  format: mooncake
  shared_prefix: {num_groups: 2, tokens: {fixed: 1000}}
  conversation: {turns: {fixed: 3}, think_time: {fixed: 10 s}}
)"),
            R"(study.yaml:9:3: error: 'shared_prefix' stands beside a trace [workload.shared_prefix]
      shared_prefix: {num_groups: 2, tokens: {fixed: 1000}}
      ^
    note: a trace says by its block ids what prompts share: drop one of the two
study.yaml:10:3: error: 'conversation' stands beside a trace [workload.conversation]
      conversation: {turns: {fixed: 3}, think_time: {fixed: 10 s}}
      ^
    note: turns are generated, from lengths: drop one of the two
)");
}

TEST(Repeat, NeedsATrace) {
  EXPECT_EQ(generated("  repeat: 3\n  hash_block_size: 16\n"),
            R"(study.yaml:10:3: error: 'repeat' has no trace [workload.repeat]
      repeat: 3
      ^
    note: for more generated requests raise num_requests
study.yaml:11:3: error: 'hash_block_size' has no trace [workload.hash_block_size]
      hash_block_size: 16
      ^
    note: block ids come from a trace: give one, or drop this
)");
}

TEST(Repeat, IsOnceAtLeast) {
  EXPECT_EQ(errors_of("  trace: t.jsonl\n  repeat: 0\n  hash_block_size: 0\n"),
            R"(study.yaml:8:11: error: '0' is too small [workload.repeat]
      repeat: 0
              ^
    note: repeat must be at least 1
study.yaml:9:20: error: '0' is too small [workload.hash_block_size]
      hash_block_size: 0
                       ^
    note: hash_block_size must be at least 1
)");
}

TEST(SharedPrefix, EachGroupHasAWeight) {
  EXPECT_EQ(
      generated("  shared_prefix: {num_groups: 3, tokens: {fixed: 9}, weights: [1, 2]}\n"),
      R"(study.yaml:10:54: error: 'weights' has not one value per group [workload.shared_prefix.weights]
      shared_prefix: {num_groups: 3, tokens: {fixed: 9}, weights: [1, 2]}
                                                         ^
    note: give as many weights as num_groups
)");
}

TEST(SharedPrefix, AGroupMustCome) {
  EXPECT_EQ(generated("  shared_prefix: {num_groups: 2, tokens: {fixed: 9}, weights: [0, 0]}\n"),
            R"(study.yaml:10:54: error: 'weights' sums to zero [workload.shared_prefix.weights]
      shared_prefix: {num_groups: 2, tokens: {fixed: 9}, weights: [0, 0]}
                                                         ^
    note: make at least one weight positive
)");
}

TEST(ThinkTime, OfALognormalLiesBelowItsP99) {
  EXPECT_EQ(
      generated("  conversation: {turns: {fixed: 3}, think_time: {lognormal: {mean: 10 s, "
                "p99: 9 s}}}\n"),
      R"(study.yaml:10:74: error: 'p99' is below the mean [workload.conversation.think_time.lognormal.p99]
      conversation: {turns: {fixed: 3}, think_time: {lognormal: {mean: 10 s, p99: 9 s}}}
                                                                             ^
    note: a lognormal's p99 lies above its mean unless it hardly varies
)");
}

TEST(ThinkTime, OfALognormalHasATailThatOneCanHave) {
  EXPECT_EQ(
      generated("  conversation: {turns: {fixed: 3}, think_time: {lognormal: {mean: 1 s, "
                "p99: 15 s}}}\n"),
      R"(study.yaml:10:73: error: 'p99' is more than 14.97 times the mean, which no lognormal reaches [workload.conversation.think_time.lognormal.p99]
      conversation: {turns: {fixed: 3}, think_time: {lognormal: {mean: 1 s, p99: 15 s}}}
                                                                            ^
    note: raise the mean, or take exponential times
)");
}

TEST(ThinkTime, IsOneOfThree) {
  EXPECT_EQ(
      generated("  conversation: {turns: {fixed: 3}, think_time: {mean: 10 s}}\n"),
      R"(study.yaml:10:37: error: one key is missing of: fixed, exponential, lognormal [workload.conversation.think_time]
      conversation: {turns: {fixed: 3}, think_time: {mean: 10 s}}
                                        ^
    note: a distribution of times
study.yaml:10:50: error: unknown key 'mean' [workload.conversation.think_time.mean]
      conversation: {turns: {fixed: 3}, think_time: {mean: 10 s}}
                                                     ^
    note: known here: fixed, exponential, lognormal
)");
}

}  // namespace
}  // namespace kvsim::config
