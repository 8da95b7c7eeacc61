// What a run was like over time: by hand, and against the times of its requests.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/memory/page_plan.hpp"

namespace kvsim {
namespace {

using engine::Stepper;

const SimTime kStart;

// Steps of a millisecond and a few microseconds, as the host waits for the GPU: what ends with the
// k-th step is over shortly after k ms, so that the sample at k ms still shows it.
spec::RunSpec steps_one_by_one(std::int64_t requests, std::int64_t prompt, std::int64_t output) {
  spec::RunSpec run = test::tiny_run(requests, prompt, output);
  run.engine.async_scheduling = false;
  run.engine.enable_prefix_caching = false;
  return run;
}

spec::RunResult simulate(const spec::RunSpec& run, Stepper stepper) {
  cluster::Observer observer;
  return cluster::simulate(run, test::millisecond_steps(), observer, stepper);
}

using Column = std::vector<std::int64_t>;

Column column(const spec::RunResult& result, std::int64_t spec::KvSample::*member) {
  Column values;
  for (const spec::KvSample& sample : result.kv_series.samples) {
    values.push_back(sample.*member);
  }
  return values;
}

// Three requests of 3 tokens at once, two seats: two run in steps 1 to 3, the third in 4 to 6. The
// run ends with step 6, shortly after 6 ms.
TEST(OverTime, ThirdRequestWaitsForASeat) {
  spec::RunSpec run = steps_one_by_one(3, 10, 3);
  run.engine.max_num_seqs = 2;
  for (const Stepper stepper : {Stepper::Step, Stepper::Macro}) {
    const spec::RunResult result = simulate(run, stepper);
    EXPECT_EQ(result.kv_series.interval, Duration(kAttosecondsPerMillisecond));
    EXPECT_EQ(column(result, &spec::KvSample::running), (Column{2, 2, 2, 1, 1, 1}));
    EXPECT_EQ(column(result, &spec::KvSample::waiting), (Column{1, 1, 1, 0, 0, 0}));
    EXPECT_EQ(column(result, &spec::KvSample::preemptions), (Column{0, 0, 0, 0, 0, 0}));
  }
}

// A pool of 3 blocks of 4 tokens, two requests of 4 + 4 tokens. Step 1 prefills both, a block each.
// In step 2 both want a second one: the older gets it, the younger is preempted. It needs two
// blocks to come back, for 4 + 1 tokens, which the older leaves after step 4; in steps 5 to 7 it
// computes those anew and the last three of its own.
TEST(OverTime, PreemptedRequestWaitsAgain) {
  spec::RunSpec run = steps_one_by_one(2, 4, 4);
  run.engine.block_size = 4;
  run.engine.max_model_len = 8;
  run.engine.num_gpu_blocks_override = 3 + 1;
  for (const Stepper stepper : {Stepper::Step, Stepper::Macro}) {
    const spec::RunResult result = simulate(run, stepper);
    EXPECT_EQ(column(result, &spec::KvSample::running), (Column{2, 1, 1, 1, 1, 1, 1}));
    EXPECT_EQ(column(result, &spec::KvSample::waiting), (Column{0, 1, 1, 1, 0, 0, 0}));
    EXPECT_EQ(column(result, &spec::KvSample::preemptions), (Column{0, 1, 1, 1, 1, 1, 1}));
    EXPECT_EQ(column(result, &spec::KvSample::used), (Column{2, 2, 2, 2, 2, 2, 2}));
  }
}

// A step ahead, an end that nobody foresaw is noticed a step late: the first request's last token
// comes with step 3, and its seat is free after step 4. Steps take 1 ms to the attosecond, and a
// sample at an instant shows what was before it.
TEST(OverTime, EndThatIsNoticedLateKeepsItsSeat) {
  spec::RunSpec run = test::tiny_run(2, 10, 3);
  run.engine.max_num_seqs = 1;
  run.workload.stop = spec::StopRule::Eos;
  for (const Stepper stepper : {Stepper::Step, Stepper::Macro}) {
    const spec::RunResult result = simulate(run, stepper);
    EXPECT_EQ(column(result, &spec::KvSample::running), (Column{1, 1, 1, 1, 1, 1, 1}));
    EXPECT_EQ(column(result, &spec::KvSample::waiting), (Column{1, 1, 1, 1, 0, 0, 0}));
  }
}

// From a queue that only grows to pauses of many samples.
spec::RunSpec run_over_time() {
  const auto between = [](std::int64_t low, std::int64_t high) {
    return *rc::gen::inRange<std::int64_t>(low, high + 1);
  };
  spec::RunSpec run = steps_one_by_one(between(1, 80), 1, 1);
  run.model = *rc::gen::elementOf(test::tiny_variants());
  run.seed = static_cast<std::uint64_t>(between(0, 1'000'000));
  run.engine.max_num_seqs = between(1, 20);
  run.engine.max_num_batched_tokens = between(20, 300);
  run.engine.max_model_len = 160;
  const std::int64_t most = memory::most_blocks(memory::plan_pages(run.model, run.engine), 160,
                                                *run.engine.max_num_batched_tokens);
  run.engine.num_gpu_blocks_override = most + between(2, 40);
  run.cluster.replicas = between(1, 3);
  run.workload.lengths =
      spec::LengthsSpec{test::uniform(1, 100), test::uniform(1, 60), std::nullopt};
  run.workload.arrivals =
      spec::ArrivalSpec{spec::ArrivalProcess::Poisson,
                        PerSecond(static_cast<double>(*rc::gen::element(1, 20, 300, 5000))), 1};
  return run;
}

/// Requests that were in a state at `time`, in which they are from `begin` on and at `end` no more.
class Count {
 public:
  explicit Count(SimTime time) : time_(time) {}
  void add(SimTime begin, SimTime end) { count_ += begin < time_ && time_ <= end ? 1 : 0; }
  [[nodiscard]] std::int64_t value() const { return count_; }

 private:
  SimTime time_;
  std::int64_t count_ = 0;
};

// Just before t, a request runs if it was first scheduled before t and is not over before t; it
// waits if it had arrived by then and was not. Who was preempted runs or waits, nobody knows which.
RC_GTEST_PROP(OverTime, EverySampleCountsTheRequestsOfItsInstant, ()) {
  const spec::RunSpec run = run_over_time();
  test::Recorder recorder;
  const spec::RunResult result = cluster::simulate(run, test::millisecond_steps(), recorder);
  const std::int64_t preemptions = result.metrics.num_preemptions;
  SimTime time;
  std::int64_t before = 0;
  for (const spec::KvSample& sample : result.kv_series.samples) {
    time = time + result.kv_series.interval;
    Count waiting(time);
    Count running(time);
    for (const spec::RequestRecord& record : recorder.records) {
      waiting.add(record.arrival, record.arrival + record.queue);
      running.add(record.arrival + record.queue, record.arrival + record.e2el);
    }
    RC_ASSERT(sample.running + sample.waiting == running.value() + waiting.value());
    RC_ASSERT(sample.waiting >= waiting.value());
    RC_ASSERT(preemptions > 0 || sample.waiting == waiting.value());
    RC_ASSERT(before <= sample.preemptions && sample.preemptions <= preemptions);
    RC_ASSERT(sample.running > 0 || sample.used == 0);
    before = sample.preemptions;
  }
  RC_ASSERT(time <= kStart + result.metrics.duration);
  RC_ASSERT(kStart + result.metrics.duration < time + result.kv_series.interval);
}

// Little's law on the grid: a request is counted at as many samples as fit into its time in a seat,
// give or take one, so the mean of `running` is Σ (e2el - queue) / duration, give or take an
// interval per request.
TEST(OverTime, MeanOfRunningIsTheTimeInSeatsOverTheDuration) {
  spec::RunSpec run = steps_one_by_one(2000, 1, 1);
  run.cluster.replicas = 2;
  run.engine.max_num_seqs = 24;
  run.workload.lengths =
      spec::LengthsSpec{test::uniform(1, 500), test::uniform(1, 300), std::nullopt};
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(200), 1};
  test::Recorder recorder;
  const spec::RunResult result = cluster::simulate(run, test::millisecond_steps(), recorder);
  ASSERT_EQ(result.metrics.num_preemptions, 0);
  Duration seated;
  Duration queued;
  for (const spec::RequestRecord& record : recorder.records) {
    seated += record.e2el - record.queue;
    queued += record.queue;
  }
  Duration sampled_running;
  Duration sampled_waiting;
  for (const spec::KvSample& sample : result.kv_series.samples) {
    sampled_running += result.kv_series.interval * sample.running;
    sampled_waiting += result.kv_series.interval * sample.waiting;
  }
  const double resolution = to_milliseconds(result.kv_series.interval * 2000);
  EXPECT_NEAR(to_milliseconds(sampled_running), to_milliseconds(seated), resolution);
  EXPECT_NEAR(to_milliseconds(sampled_waiting), to_milliseconds(queued), resolution);
  // Far closer in fact: errors have either sign.
  EXPECT_NEAR(to_milliseconds(sampled_running) / to_milliseconds(seated), 1, 0.01);
  EXPECT_GT(to_milliseconds(queued), 0);
}

}  // namespace
}  // namespace kvsim
