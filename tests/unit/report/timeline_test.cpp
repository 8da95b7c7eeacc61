#include "sim/report/timeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <sstream>

#include "kvsim_version.hpp"
#include "sim/report/timeline_events.hpp"

namespace kvsim::report {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

constexpr Int128 kMs = kAttosecondsPerMillisecond;

Duration ms(std::int64_t n) { return Duration(kMs * n); }
SimTime at_ms(std::int64_t n) { return SimTime(ms(n)); }

spec::ScheduledRequest prompt(std::int64_t id, std::int64_t tokens) {
  return {RequestId(id), tokens, true, false};
}
spec::ScheduledRequest chunk(std::int64_t id, std::int64_t tokens) {
  return {RequestId(id), tokens, false, false};
}
spec::ScheduledRequest token(std::int64_t id) { return {RequestId(id), 1, true, false}; }
spec::ScheduledRequest ghost(std::int64_t id) { return {RequestId(id), 1, false, true}; }

// A step of 10 ms that reads 20 GB: 2000 GB/s.
spec::ScheduledStep step(std::int64_t begin_ms, std::vector<spec::ScheduledRequest> scheduled,
                         std::vector<RequestId> preempted = {}) {
  spec::ScheduledStep step;
  step.begin = at_ms(begin_ms);
  step.scheduled = std::move(scheduled);
  step.preempted = std::move(preempted);
  step.running = static_cast<std::int64_t>(step.scheduled.size());
  step.waiting = static_cast<std::int64_t>(step.preempted.size());
  step.used_blocks = 3 * step.running;
  step.duration = ms(10);
  step.hbm_bytes_read = 20'000'000'000;
  return step;
}

spec::RequestRecord record(std::int64_t id, std::int64_t arrival_ms, std::int64_t end_ms) {
  spec::RequestRecord record;
  record.id = RequestId(id);
  record.arrival = at_ms(arrival_ms);
  record.e2el = ms(end_ms - arrival_ms);
  record.prompt_tokens = 8;
  record.output_tokens = 3;
  return record;
}

spec::RunSpec run_spec() {
  spec::RunSpec run;
  run.id = "MLA";
  run.cluster.gpu.name = "h200-sxm";
  run.cluster.gpu.hbm.bandwidth = BytesPerSecond(4.8e12);
  return run;
}

spec::RunResult result(std::int64_t duration_ms) {
  spec::RunResult result;
  result.spec = run_spec();
  result.metrics.duration = ms(duration_ms);
  result.memory.usable_blocks = 100;
  return result;
}

class TimelineTest : public testing::Test {
 protected:
  TimelineTest() {
    std::string name = (fs::temp_directory_path() / "kvsim-test-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
  }
  ~TimelineTest() override { fs::remove_all(root_); }

  static std::string read(const fs::path& path) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  std::string text_of(const RunTimeline& run, const std::string& name = "t.json") {
    write_timeline(root_ / name, "paper", TimelineLimits(), {run});
    return read(root_ / name);
  }
  // The events alone, one a line, from the first span on.
  std::string events_of(const RunTimeline& run) {
    const std::string text = text_of(run);
    const std::size_t begin = text.find(R"({"ph":"X")");
    return text.substr(begin, text.find("\n],") - begin);
  }

  fs::path root_;
};

// r0 gets its first token with step 0 (0 to 10 ms), two more, and is done at 30 ms. r1 computes a
// part of its prompt in step 1, has to go when step 2 begins, and is back from 30 to 40 ms, with
// its only token; it takes slot 1, which r0 has left. Then nothing runs until the run ends at 50 ms
// (on another replica, say).
RunTimeline four_steps(const TimelineLimits& limits = {}) {
  RunTimeline run(run_spec(), 1, limits);
  run.take(step(0, {prompt(0, 8)}));
  run.take(step(10, {token(0), chunk(1, 5)}));
  run.take(step(20, {token(0)}, {RequestId(1)}));
  spec::RequestRecord r0 = record(0, 0, 30);
  r0.ttft = ms(10);
  r0.tpot = ms(10);
  run.finish(r0);
  run.take(step(30, {prompt(1, 8)}));
  spec::RequestRecord r1 = record(1, 5, 40);
  r1.output_tokens = 1;
  r1.cached_tokens = 2;
  r1.queue = Duration(kMs * 5 + 500'000'000);  // 5.0000005 ms: half a nanosecond rounds up
  r1.ttft = ms(35);
  r1.preemptions = 1;
  run.finish(r1);
  run.close(result(50));
  return run;
}

// The second pool is ready first, so its replica is the first process.
TEST_F(TimelineTest, TellsPoolsApart) {
  spec::RunSpec late = run_spec();
  late.cluster.startup_delay = ms(1);
  spec::RunSpec early = run_spec();
  early.cluster.gpu.name = "h100-sxm";
  early.engine.tensor_parallel_size = 2;
  spec::RunResult done = result(30);
  done.spec = spec::join_pools({{"late", late}, {"early", early}});
  for (std::size_t i = 0; i < 2; ++i) {
    done.pools.push_back({.name = done.spec.pools[i].name,
                          .spec = spec::by_pool(done.spec)[i],
                          .metrics = {},
                          .memory = {},
                          .bandwidth = {},
                          .cost = {}});
    done.pools[i].memory.usable_blocks = 100 + static_cast<std::int64_t>(i);
  }
  RunTimeline run(done.spec, 7, {});
  run.close(done);
  const std::string text = text_of(run);
  EXPECT_NE(text.find(R"("pids":[7,8],"duration_s":0.03,"pools":[)"
                      R"({"pool":"late","pids":[8],"gpu":"h200-sxm","gpus_per_replica":1,)"
                      R"("peak_hbm_gb_per_s":4800.0,"usable_kv_blocks":100},)"
                      R"({"pool":"early","pids":[7],"gpu":"h100-sxm","gpus_per_replica":2,)"
                      R"("peak_hbm_gb_per_s":4800.0,"usable_kv_blocks":101}],)"),
            std::string::npos)
      << text;
}

// Bandwidth is 20 GB in 10 ms, and the same from step to step, so it is not repeated. Tokens: 8,
// then 1 + 5, 1, 8. Blocks: 3 for each that runs.
TEST_F(TimelineTest, WritesWhatWasWorkedOutByHand) {
  const std::string r0 =
      R"("args":{"request":0,"prompt_tokens":8,"output_tokens":3,"cached_tokens":0,"queue_ms":0,)"
      R"("ttft_ms":10,"tpot_ms":10,"preemptions":0}},)";
  const std::string r1 =
      R"("args":{"request":1,"prompt_tokens":8,"output_tokens":1,"cached_tokens":2,)"
      R"("queue_ms":5.000001,"ttft_ms":35,"tpot_ms":0,"preemptions":1}},)";
  EXPECT_EQ(text_of(four_steps()), R"({"displayTimeUnit":"ms","traceEvents":[
{"ph":"M","name":"process_name","pid":1,"args":{"name":"MLA, replica 0"}},
{"ph":"M","name":"process_sort_index","pid":1,"args":{"sort_index":1}},
{"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"slot 1"}},
{"ph":"M","name":"thread_sort_index","pid":1,"tid":1,"args":{"sort_index":1}},
{"ph":"M","name":"thread_name","pid":1,"tid":2,"args":{"name":"slot 2"}},
{"ph":"M","name":"thread_sort_index","pid":1,"tid":2,"args":{"sort_index":2}},
{"ph":"X","name":"prefill","cat":"request","pid":1,"tid":1,"ts":0,"dur":10000,)" +
                                       r0 + R"(
{"ph":"X","name":"decode","cat":"request","pid":1,"tid":1,"ts":10000,"dur":20000,)" +
                                       r0 + R"(
{"ph":"X","name":"prefill","cat":"request","pid":1,"tid":2,"ts":10000,"dur":10000,)" +
                                       r1 + R"(
{"ph":"i","name":"preempted","cat":"request","pid":1,"tid":2,"ts":20000,"s":"t","args":{"request":1}},
{"ph":"X","name":"prefill","cat":"request","pid":1,"tid":1,"ts":30000,"dur":10000,)" +
                                       r1 +
                                       R"(
{"ph":"C","name":"num_requests_running","pid":1,"ts":0,"args":{"requests":1}},
{"ph":"C","name":"num_requests_waiting","pid":1,"ts":0,"args":{"requests":0}},
{"ph":"C","name":"kv_blocks_used","pid":1,"ts":0,"args":{"blocks":3}},
{"ph":"C","name":"tokens_per_step","pid":1,"ts":0,"args":{"tokens":8}},
{"ph":"C","name":"hbm_read_bandwidth","pid":1,"ts":0,"args":{"GB/s per GPU":2000}},
{"ph":"C","name":"num_requests_running","pid":1,"ts":10000,"args":{"requests":2}},
{"ph":"C","name":"kv_blocks_used","pid":1,"ts":10000,"args":{"blocks":6}},
{"ph":"C","name":"tokens_per_step","pid":1,"ts":10000,"args":{"tokens":6}},
{"ph":"C","name":"num_requests_running","pid":1,"ts":20000,"args":{"requests":1}},
{"ph":"C","name":"num_requests_waiting","pid":1,"ts":20000,"args":{"requests":1}},
{"ph":"C","name":"kv_blocks_used","pid":1,"ts":20000,"args":{"blocks":3}},
{"ph":"C","name":"tokens_per_step","pid":1,"ts":20000,"args":{"tokens":1}},
{"ph":"C","name":"num_requests_waiting","pid":1,"ts":30000,"args":{"requests":0}},
{"ph":"C","name":"tokens_per_step","pid":1,"ts":30000,"args":{"tokens":8}},
{"ph":"C","name":"num_requests_running","pid":1,"ts":40000,"args":{"requests":0}},
{"ph":"C","name":"kv_blocks_used","pid":1,"ts":40000,"args":{"blocks":0}},
{"ph":"C","name":"tokens_per_step","pid":1,"ts":40000,"args":{"tokens":0}},
{"ph":"C","name":"hbm_read_bandwidth","pid":1,"ts":40000,"args":{"GB/s per GPU":0}}
],
"metadata":{"kvsim_version":")" KVSIM_VERSION
                                       R"(","study":"paper","ts":"microseconds of simulated time; )"
                                       R"(every run begins at 0","window_s":[0.0,null],)"
                                       R"("most_events":500000,"runs":[{"run":"MLA","pids":[1],)"
                                       R"("duration_s":0.05,"gpu":"h200-sxm","gpus_per_replica":1,)"
                                       R"("peak_hbm_gb_per_s":4800.0,"usable_kv_blocks":100,)"
                                       R"("requests":{"in_window":2,"shown":2,"one_in":1},)"
                                       R"("preemptions_in_window":1,"counter_points":)"
                                       R"([{"in_window":5,"shown":5,"one_in":1}]}]}}
)");
  EXPECT_EQ(left_out({four_steps()}), "");
}

// From 15 to 35 ms: the middle of r0's decoding, the end of r1's first visit and the begin of its
// second. The state at 15 ms is that of step 1; step 3 goes on beyond the window.
TEST_F(TimelineTest, CutsAtTheWindow) {
  TimelineLimits limits;
  limits.window = {at_ms(15), at_ms(35)};
  const RunTimeline run = four_steps(limits);
  const std::string events = events_of(run);
  const auto holds = [&](const std::string& part) { return events.find(part) != events.npos; };
  EXPECT_TRUE(holds(R"("name":"decode","cat":"request","pid":1,"tid":1,"ts":15000,"dur":15000,)"));
  EXPECT_TRUE(holds(R"("name":"prefill","cat":"request","pid":1,"tid":2,"ts":15000,"dur":5000,)"));
  EXPECT_TRUE(holds(R"("name":"prefill","cat":"request","pid":1,"tid":1,"ts":30000,"dur":5000,)"));
  EXPECT_TRUE(holds(R"("tpot_ms":10,"preemptions":0,"cut":"begin"}})"));
  EXPECT_TRUE(holds(R"("tpot_ms":0,"preemptions":1,"cut":"end"}})"));
  EXPECT_TRUE(holds(R"("ph":"C","name":"tokens_per_step","pid":1,"ts":15000,"args":{"tokens":6})"));
  EXPECT_TRUE(holds(R"("ph":"C","name":"tokens_per_step","pid":1,"ts":30000,"args":{"tokens":8})"));
  EXPECT_FALSE(holds(R"("ts":10000)"));
  EXPECT_FALSE(holds(R"("ts":40000)"));
  EXPECT_EQ(run.preemptions_seen(), 1);
}

TEST_F(TimelineTest, SaysWhenTheWindowIsBehindTheRun) {
  TimelineLimits limits;
  limits.window = {at_ms(60), at_ms(90)};
  const RunTimeline run = four_steps(limits);
  EXPECT_EQ(run.requests_seen(), 0);
  EXPECT_THAT(left_out({run}), testing::HasSubstr("every run is over before"));
  EXPECT_EQ(text_of(run).find(R"("ph":"C")"), std::string::npos);
}

// Who has ended sits nowhere, though the engine computes for it once more, and as a victim it was
// not preempted.
TEST_F(TimelineTest, LeavesGhostsOut) {
  RunTimeline run(run_spec(), 1, {});
  run.take(step(0, {prompt(0, 8), prompt(1, 8)}));
  run.finish(record(0, 0, 10));
  run.take(step(10, {ghost(0), token(1)}));
  run.finish(record(1, 0, 20));
  run.take(step(20, {prompt(2, 8)}, {RequestId(1)}));
  run.finish(record(2, 0, 30));
  run.close(result(30));
  EXPECT_EQ(run.preemptions_seen(), 0);
  std::vector<std::int64_t> slots;
  for (const TimelineRequest& each : run.requests()) {
    ASSERT_EQ(each.visits.size(), 1U);
    slots.push_back(each.visits.front().slot);
  }
  EXPECT_THAT(slots, ElementsAre(0, 1, 0));
}

// After a preemption tokens that were there are computed again: until the next one comes that is no
// prefill.
TEST_F(TimelineTest, TellsRecomputationFromPrefill) {
  RunTimeline run(run_spec(), 1, {});
  run.take(step(0, {prompt(0, 8)}));
  run.take(step(10, {token(0)}));
  run.take(step(20, {prompt(1, 8)}, {RequestId(0)}));
  run.finish(record(1, 0, 30));
  run.take(step(30, {chunk(0, 6)}));
  run.take(step(40, {prompt(0, 4)}));
  run.take(step(50, {token(0)}));
  run.finish(record(0, 0, 60));
  run.close(result(60));
  const std::string events = events_of(run);
  const auto holds = [&](const std::string& part) { return events.find(part) != events.npos; };
  EXPECT_TRUE(holds(R"("name":"prefill","cat":"request","pid":1,"tid":1,"ts":0,"dur":10000)"));
  EXPECT_TRUE(holds(R"("name":"decode","cat":"request","pid":1,"tid":1,"ts":10000,"dur":10000)"));
  EXPECT_TRUE(
      holds(R"("name":"recompute","cat":"request","pid":1,"tid":1,"ts":30000,"dur":20000)"));
  EXPECT_TRUE(holds(R"("name":"decode","cat":"request","pid":1,"tid":1,"ts":50000,"dur":10000)"));
}

// The only step at 40 ms is one for ghosts: the run is over before it ends, and nobody counts it.
TEST_F(TimelineTest, LeavesOutTheStepThatOutlivesTheRun) {
  RunTimeline run(run_spec(), 1, {});
  run.take(step(30, {prompt(0, 8)}));
  run.finish(record(0, 30, 40));
  run.take(step(40, {ghost(0)}));
  run.close(result(40));
  EXPECT_EQ(run.counters()[0].points().back().hbm_bytes, 20'000'000'000);
  EXPECT_EQ(run.counters()[0].points().back().at, at_ms(40));
}

// 1000 steps of 10 ms without a pause, at most 10 points: 1000 / 128 = 7.8, so every 128th, 8 of
// them, at 0, 1.28 s, 2.56 s, ... What was read from one to the next is still 2000 GB/s, and 10 s
// of it are 20 TB in the end.
TEST(TimelineCounters, ThinnedOutLosesNoByte) {
  TimelineCounters counters({}, 10);
  for (int i = 0; i < 1000; ++i) {
    counters.take(step(10 * i, {token(0)}));
  }
  counters.close(at_ms(10'000));
  EXPECT_EQ(counters.every(), 128);
  EXPECT_EQ(counters.seen(), 1000);
  const std::vector<CounterPoint>& points = counters.points();
  ASSERT_EQ(points.size(), 9U);  // with the end
  for (std::size_t i = 0; i + 1 < points.size(); ++i) {
    EXPECT_EQ(points[i].at, at_ms(1280 * static_cast<std::int64_t>(i)));
    const Duration time = points[i + 1].at - points[i].at;
    EXPECT_EQ((points[i + 1].hbm_bytes - points[i].hbm_bytes) * kAttosecondsPerSecond,
              Int128{2'000'000'000'000} * time.attoseconds());
  }
  EXPECT_EQ(points.back().hbm_bytes, Int128{20'000'000'000'000});
  EXPECT_EQ(points.back().steps, 1000);
}

// 64 requests of 2 spans each, one after the other; 40 events are to go to requests. 128 are too
// many, so are 64; 32 fit: one request in 4, each as a whole. All of them held a slot.
TEST_F(TimelineTest, ThinnedOutKeepsRequestsAsAWhole) {
  TimelineLimits limits;
  limits.most_events = 80;
  RunTimeline run(run_spec(), 1, limits);
  for (std::int64_t i = 0; i < 64; ++i) {
    run.take(step(20 * i, {prompt(i, 8)}));
    run.take(step(20 * i + 10, {token(i)}));
    run.finish(record(i, 20 * i, 20 * i + 20));
  }
  run.close(result(1280));
  EXPECT_EQ(run.every(), 4);
  EXPECT_EQ(run.requests_seen(), 64);
  std::vector<std::int64_t> ids;
  for (const TimelineRequest& each : run.requests()) {
    ids.push_back(each.record.id.value());
    EXPECT_EQ(each.visits.size(), 1U);
    EXPECT_EQ(each.visits.front().slot, 0);
  }
  EXPECT_THAT(ids, ElementsAre(0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60));
  // 40 events are 8 points of 5 counters, one of which is the end; 128 points / 16 = 8 are too
  // many.
  EXPECT_EQ(run.every_point(), 32);
  EXPECT_EQ(left_out({run}),
            "1 of 1 runs thinned out, at most to one request in 4 and one counter point in 32; "
            "--timeline-window FROM:TO shows a part as a whole");
}

TEST_F(TimelineTest, CompressesByName) {
  const RunTimeline run = four_steps();
  const std::string plain = text_of(run);
  const std::string small = text_of(run, "t.json.gz");
  EXPECT_EQ(small.substr(0, 2), "\x1f\x8b");            // RFC 1952
  EXPECT_EQ(small.substr(4, 4), std::string(4, '\0'));  // no date
  EXPECT_LT(small.size(), plain.size() / 3);
  EXPECT_EQ(small, text_of(run, "again.json.gz"));
}

TEST_F(TimelineTest, RunsOfAStudyShareTheLimitAndHaveProcessesOfTheirOwn) {
  spec::StudySpec study;
  study.runs = {run_spec(), run_spec(), run_spec()};
  study.runs[0].cluster.replicas = 2;
  const std::vector<RunTimeline> runs = make_timelines(study, {});
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].first_pid(), 1);
  EXPECT_EQ(runs[1].first_pid(), 3);
  EXPECT_EQ(runs[2].first_pid(), 4);
  EXPECT_EQ(runs[0].counters().size(), 2U);
}

TEST(TimelineEvents, DecimalsHaveNoNeedlessZeros) {
  EXPECT_EQ(trimmed_decimal(0, 3), "0");
  EXPECT_EQ(trimmed_decimal(5, 3), "0.005");
  EXPECT_EQ(trimmed_decimal(1500, 3), "1.5");
  EXPECT_EQ(trimmed_decimal(-1500, 3), "-1.5");
  EXPECT_EQ(trimmed_decimal(12'000, 3), "12");
  EXPECT_EQ(trimmed_decimal(12, 0), "12");
  EXPECT_EQ(microseconds(SimTime(Duration(Int128{1'234'567'500'000'000}))), "1234.568");
}

}  // namespace
}  // namespace kvsim::report
