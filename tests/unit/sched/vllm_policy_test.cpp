// Schedules worked out by hand. Notation: r = running, w = waiting; (tokens, computed, blocks).
#include "sim/sched/vllm_policy.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "shapes.hpp"

namespace kvsim::sched {
namespace {

// A replica at a step boundary with blocks of 16 tokens.
class World {
 public:
  explicit World(std::int64_t blocks, spec::SchedulingPolicy policy = spec::SchedulingPolicy::Fcfs)
      : kv(test::plain_pages(16), blocks), waiting(policy) {}

  void run(std::int64_t tokens, std::int64_t computed, std::int64_t priority = 0) {
    running.push_back(add(tokens, computed, priority));
  }
  void wait(std::int64_t tokens, std::int64_t priority = 0) {
    const SlotId slot = add(tokens, 0, priority);
    waiting.add(slot, states[slot.value()]);
  }
  Decision decide(const Limits& limits) const {
    Decision decision;
    VllmPolicy(limits).decide({states, running, waiting, kv, ahead, tokens_ahead}, decision);
    return decision;
  }

  memory::KvManager kv;
  std::vector<RequestState> states;
  std::vector<SlotId> running;
  WaitingQueue waiting;
  std::int64_t ahead = 0;
  std::int64_t tokens_ahead = 0;

 private:
  SlotId add(std::int64_t tokens, std::int64_t computed, std::int64_t priority) {
    const auto arrival = static_cast<std::int64_t>(states.size());
    states.push_back({tokens, computed, {}, {priority, arrival}});
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

constexpr Limits kPromptsFirst{.max_num_seqs = 100, .max_num_batched_tokens = 50, .mixed = false};

// r0 decodes, w1 with 40 and w2 with 40 tokens wait, budget 50: prompts alone, 40 and the first 10;
// then what is left of w2's, 30, still alone; then r0 and both newcomers decode.
TEST(VllmPolicy, PromptsRunAloneAndBeforeDecoding) {
  World world(100);
  world.run(21, 20);
  world.wait(40);
  world.wait(40);
  const Decision first = world.decide(kPromptsFirst);
  EXPECT_EQ(pairs(first.running), Pairs{});
  EXPECT_EQ(pairs(first.admitted), (Pairs{{1, 40}, {2, 10}}));
  World then(100);
  then.run(21, 20);
  then.run(41, 40);
  then.run(40, 10);
  EXPECT_EQ(pairs(then.decide(kPromptsFirst).running), (Pairs{{2, 30}}));
  World last(100);
  last.run(21, 20);
  last.run(41, 40);
  last.run(41, 40);
  EXPECT_EQ(pairs(last.decide(kPromptsFirst).running), (Pairs{{0, 1}, {1, 1}, {2, 1}}));
}

// 4 blocks of 16: r0 holds 2 and w1 needs 3, so decoding goes on and nobody is preempted for a
// prompt.
TEST(VllmPolicy, APromptWithoutBlocksWaitsWhileOthersDecode) {
  World world(4);
  world.run(21, 20);
  world.wait(40);
  const Decision decision = world.decide(kPromptsFirst);
  EXPECT_EQ(pairs(decision.running), (Pairs{{0, 1}}));
  EXPECT_EQ(pairs(decision.admitted), Pairs{});
  EXPECT_TRUE(decision.preempted.empty());
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

// The threshold comes first: 128 of 500 tokens are wanted, and 200 are left, although unchunked.
TEST(VllmPolicy, WithoutChunkedPrefillTheThresholdStillCuts) {
  World world(100);
  world.wait(500);
  world.wait(500);
  const Decision decision = world.decide({.max_num_seqs = 100,
                                          .max_num_batched_tokens = 200,
                                          .long_prefill_token_threshold = 128,
                                          .chunked_prefill = false});
  EXPECT_EQ(pairs(decision.admitted), (Pairs{{0, 128}}));  // 72 are left for w1's 128
}

// 10 blocks, r0 holds 2. w1 has 200 tokens, 13 blocks in all; its first 63 need 4 of the 8 free.
TEST(VllmPolicy, WholeSequenceMustFitIfReserved) {
  World world(10);
  world.run(21, 20);
  world.wait(200);
  Limits limits{.max_num_seqs = 100, .max_num_batched_tokens = 64};
  EXPECT_EQ(pairs(world.decide(limits).admitted), (Pairs{{1, 63}}));
  limits.reserve_full_isl = true;
  EXPECT_TRUE(world.decide(limits).admitted.empty());
}

// w0 has 128 tokens = 8 blocks, w1 100 = 7 blocks, and there are 10. w0's chunk of 64
// takes 4 blocks now, and nothing is kept for its other 4: w1 finds 6.
TEST(VllmPolicy, ReservingAWholeSequenceHoldsNoBlocks) {
  World world(10);
  world.wait(128);
  world.wait(100);
  const Decision decision = world.decide({.max_num_seqs = 100,
                                          .max_num_batched_tokens = 100,
                                          .long_prefill_token_threshold = 64,
                                          .reserve_full_isl = true});
  EXPECT_EQ(pairs(decision.admitted), (Pairs{{0, 64}}));  // w1 needs 7 blocks
}

// 10 blocks, r0 holds 2, 3 must stay free: w1 may take 5 (80 tokens), and w2 not one.
TEST(VllmPolicy, WatermarkStaysFreeWhileSomebodyRuns) {
  World world(10);
  world.run(21, 20);
  world.wait(80);
  world.wait(1);
  Limits limits = kRoomy;
  limits.watermark_blocks = 3;
  EXPECT_EQ(pairs(world.decide(limits).admitted), (Pairs{{1, 80}}));
  limits.watermark_blocks = 4;
  EXPECT_TRUE(world.decide(limits).admitted.empty());
}

// All 10 blocks are the watermark. Nobody runs, so w0 is admitted; beside it nobody is.
TEST(VllmPolicy, WatermarkDoesNotKeepTheFirstOneOut) {
  World world(10);
  world.wait(80);
  world.wait(1);
  Limits limits = kRoomy;
  limits.watermark_blocks = 10;
  EXPECT_EQ(pairs(world.decide(limits).admitted), (Pairs{{0, 80}}));
}

// Running requests take blocks below the watermark: r0's token 33 needs the only free one.
TEST(VllmPolicy, WatermarkIsNoMatterToThoseWhoRun) {
  World world(3);
  world.run(33, 32);
  Limits limits = kRoomy;
  limits.watermark_blocks = 3;
  const Decision decision = world.decide(limits);
  EXPECT_EQ(pairs(decision.running), (Pairs{{0, 1}}));
  EXPECT_TRUE(decision.preempted.empty());
}

// 60 sequences run ahead of r0, 59 of them compute: 41 of 100 tokens are left and 2 of 62 seats. As
// long as they run, the watermark holds.
TEST(VllmPolicy, CountsThoseAhead) {
  World world(100);
  world.run(21, 20);
  world.wait(30);
  world.wait(30);
  world.ahead = 60;
  world.tokens_ahead = 59;
  Limits limits{.max_num_seqs = 62, .max_num_batched_tokens = 100};
  EXPECT_EQ(pairs(world.decide(limits).admitted), (Pairs{{1, 30}}));
  limits.max_num_seqs = 63;
  EXPECT_EQ(pairs(world.decide(limits).admitted), (Pairs{{1, 30}, {2, 10}}));
  world.running.clear();
  limits.watermark_blocks = 99;
  EXPECT_TRUE(world.decide(limits).admitted.empty());
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

// r0 is known to end with the step in progress: it lacks nothing, and r1 is served.
TEST(VllmPolicy, PassesOverWhoLacksNothing) {
  World world(10);
  world.run(20, 20);
  world.run(21, 20);
  world.wait(5);
  const Decision decision = world.decide({.max_num_seqs = 3, .max_num_batched_tokens = 4});
  EXPECT_EQ(pairs(decision.running), (Pairs{{1, 1}}));
  EXPECT_EQ(pairs(decision.admitted), (Pairs{{2, 3}}));
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

constexpr auto kByPriority = spec::SchedulingPolicy::Priority;
constexpr Limits kRoomyByPriority{
    .max_num_seqs = 100, .max_num_batched_tokens = 1000, .by_priority = true};

// Less is sooner, and among equals who came first: w2 (-1), then w0 (0), then w3 (0), w1 (7) last.
TEST(VllmPolicyByPriority, AdmitsByPriorityThenArrival) {
  World world(100, kByPriority);
  world.wait(10, 0);
  world.wait(10, 7);
  world.wait(10, -1);
  world.wait(10, 0);
  Limits limits = kRoomyByPriority;
  limits.max_num_batched_tokens = 35;
  EXPECT_EQ(pairs(world.decide(limits).admitted), (Pairs{{2, 10}, {0, 10}, {3, 10}, {1, 5}}));
}

// 5 blocks, all held: r0 2 (32 tokens, priority 5), r1 2 (32, priority 0), r2 1 (16, priority 3).
// r0 comes first, needs a third block, and is itself the last in rank: it goes, and nobody behind
// it is served in this step. The engine schedules again at once: r1 takes one of r0's two blocks
// for its token 33, r2 the other for its token 17; r0 waits, 3 blocks short.
TEST(VllmPolicyByPriority, TheLastInRankGoesEvenIfItComesFirst) {
  World world(5, kByPriority);
  world.run(33, 32, 5);
  world.run(33, 32, 0);
  world.run(17, 16, 3);
  Decision decision = world.decide(kRoomyByPriority);
  EXPECT_EQ(decision.preempted, (std::vector<SlotId>{SlotId(0)}));
  EXPECT_TRUE(decision.running.empty());
  EXPECT_TRUE(decision.admitted.empty());

  world.running.erase(world.running.begin());
  world.kv.release(world.states[0].holding);
  world.states[0].computed = 0;
  world.waiting.put_back(SlotId(0), world.states[0]);
  decision = world.decide(kRoomyByPriority);
  EXPECT_EQ(pairs(decision.running), (Pairs{{1, 1}, {2, 1}}));
  EXPECT_TRUE(decision.preempted.empty());
  EXPECT_TRUE(decision.admitted.empty());
}

// 5 blocks, one free: r0 (priority 9) holds 1 and takes the free one for its token 17, r1 (0) holds
// 2 and needs a third for token 33, r2 (0) holds 1. r0 goes although it was served: both of its
// blocks and its token come back. Budget 2: r1 takes 1, r2 the other, which r0 would have had.
TEST(VllmPolicyByPriority, AVictimThatWasServedGivesItsTokensBack) {
  World world(5, kByPriority);
  world.run(17, 16, 9);
  world.run(33, 32, 0);
  world.run(9, 8, 0);
  ASSERT_EQ(world.kv.free_blocks(), 1);
  Limits limits = kRoomyByPriority;
  limits.max_num_batched_tokens = 2;
  limits.max_num_seqs = 3;
  const Decision decision = world.decide(limits);
  EXPECT_EQ(decision.preempted, (std::vector<SlotId>{SlotId(0)}));
  EXPECT_EQ(pairs(decision.running), (Pairs{{1, 1}, {2, 1}}));
}

// Among equal priorities the latest goes, wherever it stands: r1 was admitted before r0.
TEST(VllmPolicyByPriority, AmongEqualsTheLatestGoes) {
  World world(4, kByPriority);
  world.run(17, 16, 1);
  world.run(33, 32, 1);
  world.wait(5, 0);
  std::swap(world.running[0], world.running[1]);
  world.kv.extend(world.states[0].holding, 16, 32);
  const Decision decision = world.decide(kRoomyByPriority);
  EXPECT_EQ(decision.preempted, (std::vector<SlotId>{SlotId(1)}));
  EXPECT_TRUE(decision.running.empty());
  EXPECT_TRUE(decision.admitted.empty());  // nobody is admitted in a step that preempts
}

// Beside requests that are ahead and hold all blocks but some: what the policy says at once is what
// it decides at length, first come first served, whatever the limits.
RC_GTEST_PROP(VllmPolicy, AdmitsWholeWhomItWouldAdmitWhole, ()) {
  const auto between = [](std::int64_t low, std::int64_t high) {
    return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::int64_t>(low, high + 1));
  };
  World world(between(1, 12));
  world.ahead = between(0, 3);
  world.tokens_ahead = between(0, world.ahead);
  memory::Holding taken;
  world.kv.give(taken, between(0, world.kv.free_blocks()));
  const std::int64_t tokens = between(1, 150);
  world.wait(tokens);
  Limits limits{.max_num_seqs = between(world.ahead + between(0, 1), 5),
                .max_num_batched_tokens = between(world.tokens_ahead + 1, 150)};
  limits.long_prefill_token_threshold = between(0, 1) * between(1, 150);
  limits.chunked_prefill = between(0, 1) == 0;
  limits.reserve_full_isl = between(0, 1) == 0;
  limits.watermark_blocks = between(0, 1) * between(0, 6);
  const bool admits = VllmPolicy(limits).admits_whole(tokens, world.kv, world.kv.free_blocks(),
                                                      world.ahead, world.tokens_ahead);
  RC_ASSERT(admits == (pairs(world.decide(limits).admitted) == Pairs{{0, tokens}}));
}

}  // namespace
}  // namespace kvsim::sched
