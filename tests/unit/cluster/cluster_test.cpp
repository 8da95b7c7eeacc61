#include <gtest/gtest.h>

#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/cluster/feasibility.hpp"
#include "sim/cluster/queue_trend.hpp"

namespace kvsim::cluster {
namespace {

using spec::Stability;

Stability classify(const std::vector<std::int64_t>& queue, bool open_ended = true) {
  QueueTrend trend;
  for (const std::int64_t waiting : queue) {
    trend.at_arrival(waiting);
  }
  return trend.classify(10, open_ended);
}

TEST(QueueTrend, ReadsTheLastThird) {
  EXPECT_EQ(classify({0, 0, 5, 9, 5, 0, 3, 1, 0}), Stability::Stable);
  EXPECT_EQ(classify({10, 20, 30, 40, 50, 60, 70, 80, 90}), Stability::Overloaded);
  EXPECT_EQ(classify({90, 80, 70, 60, 60, 60, 61, 60, 60}), Stability::Backlogged);
  EXPECT_EQ(classify({10, 20, 30, 40, 50, 60, 70, 80, 90}, false), Stability::Backlogged);
  EXPECT_EQ(classify({}), Stability::Stable);
}

// Nine arrivals up to the last beginning: W2 = (6 + 8 + 10)/3 = 8, W3 = (12 + 14 + 16)/3 = 14,
// above 1.25 · 8. Of all eighteen the last six find an empty queue. In a closed loop that is what
// counts.
TEST(QueueTrend, LaterTurnsDoNotHideThatTheQueueGrewWhileConversationsBegan) {
  QueueTrend trend;
  for (const std::int64_t waiting : {1, 2, 4, 6, 8, 10, 12, 14, 16}) {
    trend.at_arrival(waiting, waiting % 4 == 0);
  }
  for (const std::int64_t waiting : {15, 12, 9, 6, 3, 1, 0, 0, 0}) {
    trend.at_arrival(waiting, false);
  }
  EXPECT_EQ(trend.classify(10, true), Stability::Overloaded);
  EXPECT_EQ(trend.classify(10, false), Stability::Stable);
}

// 5000 arrivals, every other one a beginning, then 5000 later turns, thinned to every fourth in the
// end: the 1250 samples of the ramp count and no others.
TEST(QueueTrend, RemembersTheLastBeginningInThinnedRuns) {
  QueueTrend trend;
  for (std::int64_t i = 0; i < 5000; ++i) {
    trend.at_arrival(i, i % 2 == 0);
  }
  for (std::int64_t i = 0; i < 5000; ++i) {
    trend.at_arrival(0, false);
  }
  EXPECT_EQ(trend.classify(10, true), Stability::Overloaded);
}

// One slot in which a request takes a prefill step and 9 of decoding at 1 ms: 100 requests/s.
// Conversations of 1 to 11 turns, 6 on average, that pause 0.5 s after an answer. 12 of them a
// second ask 72 times a second, which the slot can do; 40 ask 240 times: of 3000 turns no more than
// 1250 are answered when the last conversation begins, after 12.5 s, and the queue has grown all
// the time. Then no one new comes; the last ones alive find nobody waiting, which says nothing
// about 40 a second.
spec::Stability of_conversations(double rate, engine::Stepper stepper) {
  spec::RunSpec run = test::tiny_run(3000, 10, 10);
  run.engine.max_num_seqs = 1;
  run.engine.async_scheduling = false;
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Constant, PerSecond(rate), 1};
  run.workload.conversation = spec::ConversationSpec{};
  run.workload.conversation->turns.kind = spec::LengthKind::Uniform;
  run.workload.conversation->turns.uniform = {1, 11};
  run.workload.conversation->think_time.fixed = Duration(kAttosecondsPerMillisecond) * 500;
  test::Recorder recorder;
  return simulate(run, test::millisecond_steps(), recorder, stepper).metrics.stability;
}

TEST(QueueTrend, JudgesConversationsWhileTheyBegin) {
  for (const engine::Stepper stepper : {engine::Stepper::Macro, engine::Stepper::Step}) {
    EXPECT_EQ(of_conversations(12, stepper), Stability::Stable);
    EXPECT_EQ(of_conversations(40, stepper), Stability::Overloaded);
  }
}

// A ramp of a million arrivals keeps its shape in a bounded sample.
TEST(QueueTrend, ThinsLongRuns) {
  QueueTrend trend;
  for (std::int64_t i = 0; i < 1'000'000; ++i) {
    trend.at_arrival(i);
  }
  EXPECT_EQ(trend.classify(10, true), Stability::Overloaded);
}

std::vector<int> replicas_of(spec::Router router) {
  spec::RunSpec run = test::tiny_run(6, 10, 10);
  run.cluster.replicas = 3;
  run.cluster.router = router;
  test::Recorder recorder;
  static_cast<void>(simulate(run, test::millisecond_steps(), recorder));
  std::vector<int> replicas(6);
  for (const spec::RequestRecord& record : recorder.records) {
    replicas[static_cast<std::size_t>(record.id.value())] = record.replica.value();
  }
  return replicas;
}

TEST(Router, DealsOutInTurn) {
  EXPECT_EQ(replicas_of(spec::Router::RoundRobin), (std::vector<int>{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(replicas_of(spec::Router::LeastOutstanding), (std::vector<int>{0, 1, 2, 0, 1, 2}));
}

// Two replicas; the first request is long, the second short. The third finds 1 and 0 outstanding.
TEST(Router, LeastOutstandingSendsToTheIdleReplica) {
  spec::RunSpec run = test::tiny_run(3, 10, 10);
  run.cluster.replicas = 2;
  run.workload.lengths->output.kind = spec::LengthKind::Empirical;
  run.workload.lengths->output.empirical = {{100, 1}, {}};
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Constant, PerSecond(100), 1};
  for (run.seed = 0; run.seed < 100; ++run.seed) {
    test::Recorder recorder;
    static_cast<void>(simulate(run, test::millisecond_steps(), recorder));
    std::vector<spec::RequestRecord> by_id(3);
    for (const auto& record : recorder.records) {
      by_id[static_cast<std::size_t>(record.id.value())] = record;
    }
    if (by_id[0].output_tokens == 100 && by_id[1].output_tokens == 1) {
      EXPECT_EQ(by_id[2].replica, ReplicaId(1));
      return;
    }
  }
  FAIL() << "no seed drew a long and then a short output";
}

std::string fault_of(const spec::RunSpec& run) {
  try {
    require_feasible(run);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(Feasibility, ContradictionsAreSaidBeforeTheRun) {
  spec::RunSpec run = test::tiny_run(1, 10, 10);
  run.engine.tensor_parallel_size = 3;
  run.engine.enable_chunked_prefill = false;
  run.engine.max_num_batched_tokens = 1000;
  EXPECT_EQ(fault_of(run),
            "run 'tiny': error: 4 attention heads cannot be shared by 3 GPUs "
            "[engine.tensor_parallel_size]\n"
            "    note: choose a tensor_parallel_size that divides num_attention_heads\n"
            "run 'tiny': error: 2 KV heads can neither be split nor copied evenly over 3 GPUs "
            "[engine.tensor_parallel_size]\n"
            "    note: one of the two numbers must divide the other\n"
            "run 'tiny': error: intermediate_size = 128 cannot be cut into 3 slices "
            "[engine.tensor_parallel_size]\n"
            "    note: choose a tensor_parallel_size that divides it\n"
            "run 'tiny': error: max_num_batched_tokens = 1000 is less than max_model_len = 4096 "
            "[engine.max_num_batched_tokens]\n"
            "    note: without chunked prefill a whole prompt must fit into one step\n"
            "run 'tiny': error: max_num_batched_tokens = 1000 is less than max_num_seqs = 1024 "
            "[engine.max_num_batched_tokens]\n"
            "    note: every running sequence needs one token per step\n");
}

TEST(Feasibility, ExpertsNeedAModelWithExperts) {
  spec::RunSpec run = test::tiny_run(1, 10, 10);
  run.engine.enable_expert_parallel = true;
  EXPECT_EQ(fault_of(run),
            "run 'tiny': error: tiny has no experts to deal out [engine.enable_expert_parallel]\n"
            "    note: drop enable_expert_parallel: every FFN of this model is dense\n");
}

class StopsAtOnce final : public Observer {
 public:
  bool keep_going(std::int64_t, SimTime) override { return false; }
};

TEST(Simulate, EndsWhenTheObserverSaysSo) {
  StopsAtOnce observer;
  EXPECT_THROW(
      static_cast<void>(simulate(test::tiny_run(1, 10, 10), test::millisecond_steps(), observer)),
      Interrupted);
}

// A prompt of 10 tokens is one step of 1 ms, each further token one more: an answer takes 4 ms (and
// with asynchronous scheduling one more before somebody who comes at that instant is let in).
spec::RunSpec talking(std::int64_t requests, std::int64_t turns) {
  spec::RunSpec run = test::tiny_run(requests, 10, 4);
  run.engine.async_scheduling = false;
  run.workload.conversation = spec::ConversationSpec{};
  run.workload.conversation->turns.fixed = turns;
  run.workload.conversation->think_time.fixed = Duration(kAttosecondsPerMillisecond) * 7;
  return run;
}

std::vector<std::int64_t> arrivals_of(const spec::RunSpec& run) {
  test::Recorder recorder;
  static_cast<void>(simulate(run, test::millisecond_steps(), recorder));
  std::vector<std::int64_t> arrivals(recorder.records.size());
  for (const spec::RequestRecord& record : recorder.records) {
    arrivals.at(static_cast<std::size_t>(record.id.value())) = static_cast<std::int64_t>(
        record.arrival.since_start().attoseconds() / kAttosecondsPerMillisecond);
  }
  return arrivals;
}

// Conversations begin at 0 and at 0; turns follow 4 + 7 ms after the ones before them.
TEST(FollowUps, ArriveAThinkTimeAfterTheAnswer) {
  EXPECT_EQ(arrivals_of(talking(6, 3)), (std::vector<std::int64_t>{0, 0, 11, 11, 22, 22}));
}

// One client: its second conversation begins as the first one's last answer comes, at 11 + 4 ms.
TEST(FollowUps, InAClosedLoopAClientEndsOneConversationBeforeTheNext) {
  spec::RunSpec run = talking(4, 2);
  run.workload.arrivals.reset();
  run.workload.closed_loop = spec::ClosedLoopSpec{1};
  EXPECT_EQ(arrivals_of(run), (std::vector<std::int64_t>{0, 11, 15, 26}));
}

// The second turn has 10 + 4 + 10 tokens and 4 to come, which is too long: both conversations end.
TEST(FollowUps, OfARefusedTurnNeverCome) {
  spec::RunSpec run = talking(6, 3);
  run.engine.max_model_len = 20;
  EXPECT_EQ(arrivals_of(run), (std::vector<std::int64_t>{0, 0}));
}

}  // namespace
}  // namespace kvsim::cluster
