// Whole runs that can be computed on paper.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "library.hpp"
#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/cost/step_pricer.hpp"

namespace kvsim {
namespace {

Int128 price(const cost::StepPricer& pricer, const model::BatchShape& batch) {
  return pricer.price(batch).time.first;
}

model::BatchShape prefill(std::int64_t tokens, std::int64_t cached) {
  return test::prefill_batch(tokens, cached);
}

model::BatchShape decode_one(std::int64_t context) { return test::decode_batch(1, context); }

// One request on an idle GPU: a prompt of 10 000 tokens in chunks of 8192 and 1808, then 19 decode
// steps that attend to 10 001, 10 002, ... tokens. Its times are the sums of those steps' prices.
TEST(PaperRun, SingleRequestIsTheSumOfItsSteps) {
  spec::RunSpec run = test::tiny_run(1, 10'000, 20);
  run.model = test::llama_8b();
  run.engine.max_model_len = 131'072;
  const std::vector<spec::CardSpec> cards = config::load_cards(test::shipped_library());
  const cost::StepPricer pricer(run.model, run.cluster.gpu, run.engine, cards);
  const Int128 ttft = price(pricer, prefill(8192, 0)) + price(pricer, prefill(1808, 8192));
  Int128 e2el = ttft;
  for (std::int64_t context = 10'001; context < 10'020; ++context) {
    e2el += price(pricer, decode_one(context));
  }
  test::Recorder recorder;
  const spec::RunResult result = cluster::simulate(run, cards, recorder);
  ASSERT_EQ(recorder.records.size(), 1U);
  EXPECT_EQ(recorder.records[0].ttft.attoseconds(), ttft);
  EXPECT_EQ(recorder.records[0].e2el.attoseconds(), e2el);
  EXPECT_EQ(recorder.records[0].tpot.attoseconds(), round_div(e2el - ttft, 19));
  EXPECT_EQ(result.metrics.num_steps, 21);
}

// Because prices are affine in the context, those 19 steps also have a closed form:
// 19 · first + per_step · (0 + 1 + ... + 18). A later stepper jumps by it, to the attosecond.
TEST(PaperRun, DecodeStepsHaveAClosedForm) {
  const cost::StepPricer pricer(test::llama_8b(), test::h100(), test::engine(),
                                config::load_cards(test::shipped_library()));
  Int128 one_by_one = 0;
  for (std::int64_t k = 0; k < 19; ++k) {
    one_by_one += price(pricer, decode_one(10'001 + k));
  }
  const cost::StepCost cost = pricer.price(decode_one(10'001));
  ASSERT_GE(cost.steps_valid, 19);
  EXPECT_EQ(19 * cost.time.first + cost.time.per_step * (18 * 19 / 2), one_by_one);
}

// One server that takes D for each request (batch of one, equal lengths), Poisson arrivals at
// utilisation ρ: the mean wait is ρ·D / (2·(1 − ρ)) (Pollaczek–Khinchine for M/D/1).
// The wait's standard deviation is about D at ρ = 0.6, and successive waits are correlated over
// some 1/(1-ρ)² requests: 100 000 requests leave a standard error of about 1 %; 4 % is allowed.
TEST(Queueing, OneServerWithEqualRequestsIsMD1) {
  spec::RunSpec run = test::tiny_run(1, 100, 10);
  run.engine.max_num_seqs = 1;
  run.engine.async_scheduling = false;  // which would serve nobody for a step after each
  test::Recorder alone;
  static_cast<void>(cluster::simulate(run, test::millisecond_steps(), alone));
  const double service = to_seconds(alone.records[0].e2el).value();

  constexpr double kUtilization = 0.6;
  run.workload.arrivals =
      spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(kUtilization / service), 1};
  run.workload.num_requests = 100'000;
  test::Recorder recorder;
  const spec::RunResult result = cluster::simulate(run, test::millisecond_steps(), recorder);
  const double paper = kUtilization * service / (2 * (1 - kUtilization));
  EXPECT_NEAR(result.metrics.queue.mean / 1e3 / paper, 1, 0.04);
  EXPECT_NEAR(1 - to_seconds(result.metrics.time_in[5]).value() /
                      to_seconds(result.metrics.duration).value(),
              kUtilization, 0.01);
  EXPECT_EQ(result.metrics.stability, spec::Stability::Stable);
}

// The same server with more work than it can do serves one request per D, and says so.
TEST(Queueing, OverloadedServerWorksWithoutPause) {
  spec::RunSpec run = test::tiny_run(1, 100, 10);
  run.engine.max_num_seqs = 1;
  run.engine.async_scheduling = false;  // which would serve nobody for a step after each
  test::Recorder alone;
  static_cast<void>(cluster::simulate(run, test::millisecond_steps(), alone));
  const double service = to_seconds(alone.records[0].e2el).value();
  run.workload.arrivals =
      spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(2 / service), 1};
  run.workload.num_requests = 2000;
  test::Recorder recorder;
  const spec::RunResult result = cluster::simulate(run, test::millisecond_steps(), recorder);
  EXPECT_NEAR(result.metrics.request_throughput * service, 1, 0.002);
  EXPECT_EQ(result.metrics.stability, spec::Stability::Overloaded);
}

double requests_per_second(bool async_scheduling, spec::StopRule stop) {
  spec::RunSpec run = test::tiny_run(640, 100, 10);
  run.engine.async_scheduling = async_scheduling;
  run.workload.stop = stop;
  run.workload.arrivals.reset();
  run.workload.closed_loop = spec::ClosedLoopSpec{64};
  test::Recorder recorder;
  const spec::RunResult result = cluster::simulate(run, test::millisecond_steps(), recorder);
  EXPECT_EQ(result.metrics.max_concurrent_requests, 64);
  return result.metrics.request_throughput;
}

// 64 clients, batches of 64, steps of 1 ms whatever is in them, 1 + 9 steps for each request: all
// finish together, so 64 requests per 10 ms. An engine that is a step ahead of ends that it cannot
// foresee computes an 11th step for nobody, but for the last of the ten rounds: 640 per 109 ms.
TEST(Queueing, ClosedLoopIsBoundByItsClients) {
  EXPECT_NEAR(requests_per_second(false, spec::StopRule::Eos), 6400, 20);  // the GPU's time on top
  EXPECT_NEAR(requests_per_second(true, spec::StopRule::MaxTokens), 6400, 1);
  EXPECT_NEAR(requests_per_second(true, spec::StopRule::Eos), 640 / 0.109, 1);
}

// Little's law holds for every run, as an identity: the time integral of the requests in the
// system equals the sum of the times they spend there.
TEST(Queueing, LittlesLawIsAnIdentity) {
  spec::RunSpec run = test::tiny_run(500, 100, 20);
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Gamma, PerSecond(300), 0.5};
  run.engine.max_num_seqs = 4;
  test::Recorder recorder;
  static_cast<void>(cluster::simulate(run, test::millisecond_steps(), recorder));
  std::vector<std::pair<SimTime, int>> changes;
  Int128 spent = 0;
  for (const spec::RequestRecord& record : recorder.records) {
    changes.emplace_back(record.arrival, 1);
    changes.emplace_back(record.arrival + record.e2el, -1);
    spent += record.e2el.attoseconds();
  }
  std::sort(changes.begin(), changes.end());
  Int128 integral = 0;
  std::int64_t inside = 0;
  SimTime since;
  for (const auto& [time, change] : changes) {
    integral += (time - since).attoseconds() * inside;
    inside += change;
    since = time;
  }
  EXPECT_TRUE(integral == spent);
  EXPECT_EQ(inside, 0);
}

}  // namespace
}  // namespace kvsim
