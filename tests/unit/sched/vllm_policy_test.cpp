// Schedules worked out by hand. Notation: r = running, w = waiting; (tokens, computed, blocks).
#include "sim/sched/vllm_policy.hpp"

#include <gtest/gtest.h>

#include "shapes.hpp"

namespace kvsim::sched {
namespace {

// A replica at a step boundary with blocks of 16 tokens.
class World {
 public:
  explicit World(std::int64_t blocks) : kv(test::plain_pages(16), blocks) {}

  void run(std::int64_t tokens, std::int64_t computed) { running.push_back(add(tokens, computed)); }
  void wait(std::int64_t tokens) { waiting.push_back(add(tokens, 0)); }
  Decision decide(const Limits& limits) const {
    Decision decision;
    VllmPolicy(limits).decide({states, running, waiting, kv}, decision);
    return decision;
  }

  memory::KvManager kv;
  std::vector<RequestState> states;
  std::vector<SlotId> running;
  std::deque<SlotId> waiting;

 private:
  SlotId add(std::int64_t tokens, std::int64_t computed) {
    states.push_back({tokens, computed, {}});
    kv.extend(states.back().holding, 0, computed);
    return SlotId(static_cast<std::uint32_t>(states.size() - 1));
  }
};

std::vector<std::pair<std::uint32_t, std::int64_t>> pairs(const std::vector<Scheduled>& list) {
  std::vector<std::pair<std::uint32_t, std::int64_t>> result;
  for (const Scheduled& each : list) {
    result.emplace_back(each.slot.value(), each.tokens);
  }
  return result;
}

using Pairs = std::vector<std::pair<std::uint32_t, std::int64_t>>;
constexpr Limits kRoomy{.max_num_seqs = 100, .max_num_batched_tokens = 1000};

// r0 decodes (1 token), then w1 with 40 tokens joins: budget 1000 − 1 − 40.
TEST(VllmPolicy, RunningRequestsComeBeforeWaitingOnes) {
  World world(100);
  world.run(21, 20);
  world.wait(40);
  const Decision decision = world.decide(kRoomy);
  EXPECT_EQ(pairs(decision.running), (Pairs{{0, 1}}));
  EXPECT_EQ(pairs(decision.admitted), (Pairs{{1, 40}}));
  EXPECT_TRUE(decision.preempted.empty());
}

// Budget 50: r0 takes 1, w1 takes 40, w2 gets the 9 that are left, w3 nothing.
TEST(VllmPolicy, LastPromptIsChunkedToTheBudget) {
  World world(100);
  world.run(21, 20);
  world.wait(40);
  world.wait(40);
  world.wait(40);
  const Decision decision = world.decide({.max_num_seqs = 100, .max_num_batched_tokens = 50});
  EXPECT_EQ(pairs(decision.running), (Pairs{{0, 1}}));
  EXPECT_EQ(pairs(decision.admitted), (Pairs{{1, 40}, {2, 9}}));
}

// The chunk left over goes on as a running request: 40 − 9 = 31 tokens, before any newcomer.
TEST(VllmPolicy, ChunkedPromptGoesOnAsRunning) {
  World world(100);
  world.run(40, 9);
  world.wait(40);
  const Decision decision = world.decide({.max_num_seqs = 100, .max_num_batched_tokens = 50});
  EXPECT_EQ(pairs(decision.running), (Pairs{{0, 31}}));
  EXPECT_EQ(pairs(decision.admitted), (Pairs{{1, 19}}));
}

TEST(VllmPolicy, WithoutChunkedPrefillThePromptWaitsForAWholeBudget) {
  World world(100);
  world.run(21, 20);
  world.wait(50);
  world.wait(10);
  const Decision decision =
      world.decide({.max_num_seqs = 100, .max_num_batched_tokens = 50, .chunked_prefill = false});
  EXPECT_TRUE(decision.admitted.empty());  // 50 > 49, and the head blocks the short one behind it
}

TEST(VllmPolicy, LongPromptsAreCutAtTheThreshold) {
  World world(100);
  world.wait(500);
  world.wait(500);
  const Decision decision = world.decide(
      {.max_num_seqs = 100, .max_num_batched_tokens = 1000, .long_prefill_token_threshold = 128});
  EXPECT_EQ(pairs(decision.admitted), (Pairs{{0, 128}, {1, 128}}));
}

TEST(VllmPolicy, NumberOfSequencesIsLimited) {
  World world(100);
  world.run(21, 20);
  world.wait(10);
  world.wait(10);
  const Decision decision = world.decide({.max_num_seqs = 2, .max_num_batched_tokens = 1000});
  EXPECT_EQ(pairs(decision.admitted), (Pairs{{1, 10}}));
}

// 4 blocks: r0 holds 2 (20 tokens), w1 needs 3 (40 tokens) and w2 one. w1 does not fit, and w2
// must not overtake it.
TEST(VllmPolicy, HeadOfTheQueueBlocksThoseBehindIt) {
  World world(4);
  world.run(21, 20);
  world.wait(40);
  world.wait(10);
  const Decision decision = world.decide(kRoomy);
  EXPECT_EQ(pairs(decision.running), (Pairs{{0, 1}}));
  EXPECT_TRUE(decision.admitted.empty());
}

// 5 blocks, all held: r0 2 (32 tokens), r1 2, r2 1 (16). r0 needs a third block for token 33: the
// youngest, r2, gives its one. r1 needs one too, finds none, and is the youngest now: preempted.
TEST(VllmPolicy, OlderRequestsTakeBlocksFromYoungerOnes) {
  World world(5);
  world.run(33, 32);
  world.run(33, 32);
  world.run(17, 16);
  world.wait(10);
  ASSERT_EQ(world.kv.free_blocks(), 0);
  const Decision decision = world.decide(kRoomy);
  EXPECT_EQ(pairs(decision.running), (Pairs{{0, 1}}));
  EXPECT_EQ(decision.preempted, (std::vector<SlotId>{SlotId(2), SlotId(1)}));
  EXPECT_TRUE(decision.admitted.empty());  // nobody is admitted in a step that preempts
}

// 3 blocks: r0 holds 2 with room for its next token, r1 holds 1 and needs a second. It is the
// youngest itself, so it goes, and r0 runs on.
TEST(VllmPolicy, RequestThatIsTheYoungestPreemptsItself) {
  World world(3);
  world.run(21, 20);
  world.run(17, 16);
  const Decision decision = world.decide(kRoomy);
  EXPECT_EQ(pairs(decision.running), (Pairs{{0, 1}}));
  EXPECT_EQ(decision.preempted, (std::vector<SlotId>{SlotId(1)}));
}

// Budget 1 with two decoding requests: the first has it, the second waits without losing anything.
TEST(VllmPolicy, BudgetMayEndInTheMiddleOfTheRunning) {
  World world(10);
  world.run(21, 20);
  world.run(21, 20);
  const Decision decision = world.decide({.max_num_seqs = 10, .max_num_batched_tokens = 1});
  EXPECT_EQ(pairs(decision.running), (Pairs{{0, 1}}));
  EXPECT_TRUE(decision.preempted.empty());
}

}  // namespace
}  // namespace kvsim::sched
