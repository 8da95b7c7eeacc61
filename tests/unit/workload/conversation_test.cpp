// Shared system prompts, and requests that are turns of conversations.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sim/workload/stretch_ids.hpp"
#include "sim/workload/summary.hpp"
#include "trace_file.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

using Stretches = std::vector<spec::Stretch>;

SimTime at_seconds(std::int64_t seconds) { return at_attoseconds(seconds * kAttosecondsPerSecond); }

/// One conversation a second, prompts of 100 tokens, answers of 20.
spec::WorkloadSpec plain(std::int64_t num_requests) {
  spec::WorkloadSpec workload;
  workload.arrivals = arrivals(spec::ArrivalProcess::Constant, 1);
  workload.lengths =
      spec::LengthsSpec{.prompt = fixed_length(100), .output = fixed_length(20), .max_tokens = {}};
  workload.num_requests = num_requests;
  return workload;
}

spec::WorkloadSpec with_prefix(spec::WorkloadSpec workload, std::int64_t groups,
                               spec::LengthSpec tokens) {
  workload.shared_prefix = spec::SharedPrefixSpec{groups, std::move(tokens), {}};
  return workload;
}

/// `turns` of each, 10 s after the answer, with messages of 5 tokens.
spec::WorkloadSpec talking(std::int64_t num_requests, spec::LengthSpec turns) {
  spec::WorkloadSpec workload = plain(num_requests);
  workload.conversation = spec::ConversationSpec{
      .turns = std::move(turns), .think_time = {}, .follow_up = fixed_length(5)};
  workload.conversation->think_time.fixed = Duration(kAttosecondsPerSecond) * 10;
  return workload;
}

TEST(SharedPrefix, StandsBeforeThePromptOfItsGroup) {
  const auto requests = all_of(with_prefix(plain(50), 1, fixed_length(1000)));
  ASSERT_EQ(requests.size(), 50U);
  EXPECT_EQ(requests[7].prompt_tokens, 1100);
  EXPECT_EQ(requests[7].output_tokens, 20);
  EXPECT_EQ(requests[7].content->stretches,
            (Stretches{{group_stretch(0), 1000}, {spec::private_stretch(7), 120}}));
  EXPECT_FALSE(requests[7].content->answer_returns);
}

// A group has one length, whoever draws it, and leaves arrivals and lengths alone.
TEST(SharedPrefix, OfAGroupIsTheSameForAll) {
  const auto bare = all_of(chat(4, 500));
  const auto requests = all_of(with_prefix(chat(4, 500), 3, uniform_length(10, 10'000)));
  std::map<std::uint64_t, std::set<std::int64_t>> lengths;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const spec::Stretch& prefix = requests[i].content->stretches[0];
    lengths[prefix.id].insert(prefix.tokens);
    EXPECT_EQ(requests[i].prompt_tokens, bare[i].prompt_tokens + prefix.tokens);
    EXPECT_EQ(requests[i].arrival, bare[i].arrival);
    EXPECT_EQ(requests[i].output_tokens, bare[i].output_tokens);
  }
  ASSERT_EQ(lengths.size(), 3U);
  for (const auto& [group, of_group] : lengths) {
    EXPECT_EQ(of_group.size(), 1U) << group;
  }
}

TEST(SharedPrefix, GroupsComeAsOftenAsTheirWeights) {
  spec::WorkloadSpec workload = with_prefix(plain(2000), 3, fixed_length(10));
  workload.shared_prefix->weights = {0, 3, 1};
  std::map<std::uint64_t, int> count;
  for (const Request& request : all_of(workload)) {
    ++count[request.content->stretches[0].id];
  }
  EXPECT_EQ(count.count(group_stretch(0)), 0U);
  EXPECT_NEAR(count[group_stretch(1)], 1500, 80);  // standard deviation sqrt(2000 · 3/16) = 19
}

// Turn 0: 100 + 20. Turn 1: 120 + 5 = 125, answer 20. Turn 2: 145 + 5 = 150.
TEST(Conversation, PromptsGrowByMessagesAndAnswers) {
  const auto source = make_source(talking(3, fixed_length(3)), 1);
  const Request first = source->next().value();
  EXPECT_EQ(first.arrival, at_seconds(1));
  EXPECT_EQ(first.prompt_tokens, 100);
  EXPECT_EQ(first.content->stretches,
            (Stretches{{message_stretch(0, 0), 100}, {answer_stretch(0, 0), 20}}));
  EXPECT_TRUE(first.content->answer_returns);
  EXPECT_FALSE(source->next());  // its three turns are all the requests that were asked for

  const Request second = source->after(first.id, at_seconds(4)).value();
  EXPECT_EQ(second.id, RequestId(1));
  EXPECT_EQ(second.arrival, at_seconds(14));
  EXPECT_EQ(second.prompt_tokens, 125);
  EXPECT_TRUE(second.content->answer_returns);

  const Request third = source->after(second.id, at_seconds(20)).value();
  EXPECT_EQ(third.arrival, at_seconds(30));
  EXPECT_EQ(third.prompt_tokens, 150);
  EXPECT_EQ(third.output_tokens, 20);
  EXPECT_EQ(third.content->stretches, (Stretches{{message_stretch(0, 0), 100},
                                                 {answer_stretch(0, 0), 20},
                                                 {message_stretch(0, 1), 5},
                                                 {answer_stretch(0, 1), 20},
                                                 {message_stretch(0, 2), 5},
                                                 {answer_stretch(0, 2), 20}}));
  EXPECT_FALSE(third.content->answer_returns);
  EXPECT_FALSE(source->after(third.id, at_seconds(40)));
}

TEST(Conversation, BeginsWithItsSystemPrompt) {
  const auto source = make_source(with_prefix(talking(4, fixed_length(2)), 1, fixed_length(50)), 1);
  const Request first = source->next().value();
  EXPECT_EQ(first.prompt_tokens, 150);
  const Request second = source->after(first.id, at_seconds(1)).value();
  EXPECT_EQ(second.prompt_tokens, 175);
  EXPECT_EQ(second.content->stretches[0], (spec::Stretch{group_stretch(0), 50}));
  EXPECT_EQ(second.content->stretches[1], first.content->stretches[1]);
}

// Without follow_up messages are as long as prompts; answers are cut at max_tokens.
TEST(Conversation, MessagesAreDrawnLikePromptsUnlessSaid) {
  spec::WorkloadSpec workload = talking(2, fixed_length(2));
  workload.conversation->follow_up.reset();
  workload.lengths->max_tokens = 8;
  const auto source = make_source(workload, 1);
  const Request first = source->next().value();
  EXPECT_EQ(first.output_tokens, 8);
  EXPECT_EQ(first.max_tokens, 8);
  EXPECT_EQ(source->after(first.id, at_seconds(1))->prompt_tokens, 100 + 8 + 100);
}

// 7 requests in conversations of 3 turns: 3 + 3 + 1.
TEST(Conversation, TheLastOneIsCutToTheNumberOfRequests) {
  const auto source = make_source(talking(7, fixed_length(3)), 1);
  static_cast<void>(source->next());
  static_cast<void>(source->next());
  const Request last = source->next().value();
  EXPECT_FALSE(last.content->answer_returns);
  EXPECT_FALSE(source->next());
  EXPECT_FALSE(source->after(last.id, at_seconds(9)));
  EXPECT_EQ(summarise(talking(7, fixed_length(3)), 1).requests, 7);
}

TEST(Conversation, EndsWhenATurnIsRefused) {
  const auto source = make_source(talking(3, fixed_length(3)), 1);
  const Request first = source->next().value();
  source->refused(first.id);
  EXPECT_FALSE(source->after(first.id, at_seconds(2)));
}

TEST(Conversation, AreBegunUntilTheStagesEnd) {
  spec::WorkloadSpec workload = talking(1, fixed_length(3));
  workload.num_requests.reset();
  workload.arrivals->process = spec::ArrivalProcess::Stages;
  workload.arrivals->gaps = spec::StageGaps::Constant;
  workload.arrivals->stages = {{PerSecond(1), Duration(kAttosecondsPerSecond) * 4}};
  EXPECT_EQ(summarise(workload, 1).requests, 12);  // 4 conversations of 3
}

spec::WorkloadSpec random_talk() {
  spec::WorkloadSpec workload = chat(4, 200);
  workload.priorities = spec::PrioritySpec{{0, 1, 2}, {}};
  workload.conversation = spec::ConversationSpec{
      .turns = uniform_length(1, 6), .think_time = {}, .follow_up = lognormal_length(80, 400)};
  workload.conversation->think_time.kind = spec::ThinkTimeKind::Lognormal;
  workload.conversation->think_time.lognormal = {Duration(kAttosecondsPerSecond) * 10,
                                                 Duration(kAttosecondsPerSecond) * 60};
  return with_prefix(workload, 4, uniform_length(10, 100));
}

/// By their last message: lengths, priority, and the time since the answer before.
using Turns = std::map<std::uint64_t, std::vector<Int128>>;

void note(Turns& turns, const Request& request, SimTime asked) {
  const Stretches& said = request.content->stretches;
  turns[said[said.size() - 2].id] = {request.prompt_tokens, request.output_tokens, request.priority,
                                     (request.arrival - asked).attoseconds()};
}

// Answers in two orders: each conversation to its end, or all first turns before all second ones.
TEST(Conversation, IsTheSameInWhateverOrderAnswersCome) {
  Turns in_depth;
  const auto source = make_source(random_talk(), 3);
  while (auto request = source->next()) {
    note(in_depth, *request, SimTime());
    for (SimTime now; (request = source->after(request->id, now)); now = request->arrival) {
      note(in_depth, *request, now);
    }
  }
  Turns in_breadth;
  const auto other = make_source(random_talk(), 3);
  std::vector<Request> asked = all_of(*other);
  for (const Request& request : asked) {
    note(in_breadth, request, SimTime());
  }
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (const auto next = other->after(asked[i].id, at_seconds(1000))) {
      note(in_breadth, *next, at_seconds(1000));
      asked.push_back(*next);
    }
  }
  EXPECT_EQ(in_depth.size(), 200U);
  EXPECT_EQ(in_depth, in_breadth);
}

// Exponential: the mean of n draws lies within 4/sqrt(n) = 4 % of it.
TEST(Conversation, ThinkTimesHaveTheirMean) {
  spec::WorkloadSpec workload = talking(20'000, fixed_length(2));
  workload.conversation->think_time.kind = spec::ThinkTimeKind::Exponential;
  workload.conversation->think_time.exponential.mean = Duration(kAttosecondsPerSecond) * 3;
  const auto source = make_source(workload, 1);
  double sum = 0;
  int count = 0;
  while (const auto request = source->next()) {
    const Request turn = source->after(request->id, SimTime()).value();
    sum += to_seconds(turn.arrival.since_start()).value();
    ++count;
  }
  EXPECT_EQ(count, 10'000);
  EXPECT_NEAR(sum / count, 3, 0.12);
}

TEST(Conversation, BeyondReachIsRefusedByName) {
  spec::WorkloadSpec workload = talking(10, fixed_length(2'000'000));
  workload.conversation->think_time.fixed = Duration(kAttosecondsPerSecond) * 1'000'000'000;
  workload.conversation->follow_up = fixed_length(2'000'000'000);
  try {
    static_cast<void>(make_source(workload, 1));
    FAIL() << "nothing was refused";
  } catch (const ConfigError& error) {
    EXPECT_EQ(std::string(error.what()),
              "error: a conversation of 2e+06 turns cannot be simulated "
              "[workload.conversation.turns]\n"
              "    note: conversations of up to 1e6 turns can\n"
              "error: think times of 1e+09 s cannot be simulated "
              "[workload.conversation.think_time]\n"
              "    note: think times of up to 1e8 s can\n"
              "error: a length of 2e+09 tokens cannot be simulated "
              "[workload.conversation.follow_up]\n"
              "    note: lengths up to 1e9 tokens can\n");
  }
}

}  // namespace
}  // namespace kvsim::workload
