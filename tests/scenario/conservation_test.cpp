// Laws that hold over every run, whatever its configuration.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "recorder.hpp"
#include "shapes.hpp"
#include "sim/base/check.hpp"
#include "sim/memory/page_plan.hpp"
#include "sim/report/result_json.hpp"

namespace kvsim {
namespace {

// Small pools, small budgets, few sequences: everything that can be scarce is.
spec::RunSpec random_run() {
  const auto between = [](std::int64_t low, std::int64_t high) {
    return *rc::gen::inRange<std::int64_t>(low, high + 1);
  };
  spec::RunSpec run = test::tiny_run(between(1, 60), 1, 1);
  run.model = *rc::gen::elementOf(test::tiny_variants());
  run.seed = static_cast<std::uint64_t>(between(0, 1'000'000));
  run.engine.block_size = *rc::gen::element<std::int64_t>(1, 4, 16);
  run.engine.max_num_seqs = between(1, 20);
  run.engine.max_num_batched_tokens = between(20, 300);
  run.engine.max_model_len = 160;
  run.engine.long_prefill_token_threshold = *rc::gen::element<std::int64_t>(0, 0, 7, 64);
  run.engine.async_scheduling = *rc::gen::arbitrary<bool>();
  const std::int64_t most = memory::most_blocks(memory::plan_pages(run.model, run.engine), 160,
                                                *run.engine.max_num_batched_tokens);
  run.engine.num_gpu_blocks_override = most + between(2, 40);
  run.cluster.replicas = between(1, 3);
  run.engine.async_scheduling = *rc::gen::arbitrary<bool>();
  run.workload.stop = *rc::gen::element(spec::StopRule::Eos, spec::StopRule::MaxTokens);
  run.workload.lengths =
      spec::LengthsSpec{test::uniform(1, 100), test::uniform(1, 60), std::nullopt};
  if (*rc::gen::arbitrary<bool>()) {
    run.workload.arrivals.reset();
    run.workload.closed_loop = spec::ClosedLoopSpec{between(1, 12)};
  } else {
    run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson,
                                              PerSecond(static_cast<double>(between(10, 5000))), 1};
  }
  return run;
}

RC_GTEST_PROP(Conservation, EveryRequestFinishesOnceWithAllItsTokens, ()) {
  const spec::RunSpec run = random_run();
  test::Recorder recorder;
  const spec::RunResult result = cluster::simulate(run, test::millisecond_steps(), recorder);
  std::set<RequestId> ids;
  std::int64_t needed = 0;
  for (const spec::RequestRecord& record : recorder.records) {
    RC_ASSERT(ids.insert(record.id).second);
    RC_ASSERT(record.queue >= Duration());
    RC_ASSERT(record.ttft > record.queue);
    RC_ASSERT(record.e2el >= record.ttft);
    needed += record.prompt_tokens + record.output_tokens - 1;  // the last token is not computed
  }
  RC_ASSERT(static_cast<std::int64_t>(ids.size()) == *run.workload.num_requests);
  RC_ASSERT(recorder.refused.empty());
  RC_ASSERT(result.metrics.computed_tokens >= needed);
  // Of ends that are not foreseen, asynchronous scheduling wastes a token each, but for the last.
  const std::int64_t wasted =
      run.engine.async_scheduling && run.workload.stop == spec::StopRule::Eos
          ? result.metrics.completed
          : 0;
  RC_ASSERT(result.metrics.num_preemptions > 0 ||
            result.metrics.computed_tokens <= needed + wasted);
  RC_ASSERT(result.metrics.itl.count ==
            result.metrics.total_output_tokens - result.metrics.completed);
  RC_ASSERT(result.metrics.kv_cache_usage_max <= 1);
  RC_ASSERT(result.metrics.max_running_requests <= *run.engine.max_num_seqs);
}

RC_GTEST_PROP(Conservation, SameRunSameBytes, ()) {
  const spec::RunSpec run = random_run();
  const auto text = [&] {
    test::Recorder recorder;
    return report::result_json(
        {"study", {cluster::simulate(run, test::millisecond_steps(), recorder)}, {}});
  };
  RC_ASSERT(text() == text());
}

// Without chunking and preemption a request of P prompt and O output tokens reads P tokens of KV
// in its prefill and P + 1, ..., P + O - 1 while decoding.
TEST(Conservation, KvBytesReadAreThoseOfTheContexts) {
  spec::RunSpec run = test::tiny_run(200, 1, 1);
  run.model = test::llama_8b();
  run.engine.max_num_batched_tokens = 250'000;  // all 200 prompts at once
  run.engine.async_scheduling = false;          // which would read once more for each that ends
  run.engine.max_model_len = 2000;
  run.workload.lengths =
      spec::LengthsSpec{test::uniform(1, 1000), test::uniform(1, 300), std::nullopt};
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(20), 1};
  test::Recorder recorder;
  const spec::RunResult result = cluster::simulate(run, test::round_cards(), recorder);
  ASSERT_EQ(result.metrics.num_preemptions, 0);
  Int128 context_tokens = 0;
  for (const spec::RequestRecord& record : recorder.records) {
    const Int128 p = record.prompt_tokens;
    const Int128 o = record.output_tokens;
    context_tokens += p + (o - 1) * p + (o - 1) * o / 2;
  }
  EXPECT_TRUE(result.metrics.kv_bytes_read == context_tokens * 131'072);
}

// No run is faster than its bytes over the peak bandwidth, nor does it lose time anywhere.
TEST(Conservation, BusyTimeIsAboveTheMemoryFloorAndSharesAddUp) {
  spec::RunSpec run = test::tiny_run(300, 500, 100);
  run.model = test::llama_8b();
  const spec::RunResult result = [&] {
    test::Recorder recorder;
    return cluster::simulate(run, test::round_cards(), recorder);
  }();
  Duration sum;
  for (const Duration part : result.metrics.time_in) {
    sum += part;
  }
  EXPECT_EQ(sum, result.metrics.duration);
  const double busy =
      to_seconds(sum - result.metrics.time_in[static_cast<std::size_t>(spec::TimeBucket::Idle)])
          .value();
  EXPECT_GT(busy, static_cast<double>(result.metrics.hbm_bytes_read) / 3.35e12);
  EXPECT_LE(result.bandwidth.hbm_utilization_busy, 1);
}

// A card that claims more than the GPU's peak is caught in the first step that uses it.
TEST(Conservation, CardBelowTheFloorIsRefused) {
  spec::RunSpec run = test::tiny_run(1, 100, 2);
  run.model = test::llama_8b();
  std::vector<spec::CardSpec> cards = test::round_cards();
  cards[0] = test::streaming_card(spec::CardOperator::Gemm, 0, 1.2, 0.5);
  test::Recorder recorder;
  EXPECT_THROW(static_cast<void>(cluster::simulate(run, cards, recorder)), InternalError);
}

// Of 100 blocks one is vLLM's null block: 99 · 16 = 1584 tokens. A request that could outgrow
// them is refused by name; the others are served.
TEST(Refusal, RequestLargerThanThePoolIsRefusedByName) {
  spec::RunSpec run = test::tiny_run(3, 1000, 10);
  run.engine.num_gpu_blocks_override = 100;
  run.engine.max_model_len = 1584;
  run.workload.lengths->prompt.kind = spec::LengthKind::Empirical;
  run.workload.lengths->prompt.empirical = {{1000, 2000}, {}};
  run.workload.num_requests = 50;
  test::Recorder recorder;
  const spec::RunResult result = cluster::simulate(run, test::millisecond_steps(), recorder);
  ASSERT_GT(result.metrics.refused, 0);
  EXPECT_EQ(result.metrics.refused + result.metrics.completed, 50);
  EXPECT_EQ(result.refusals[0].reason,
            "request " + std::to_string(recorder.refused[0].value()) +
                ": 2000 prompt + 10 max_tokens exceed max_model_len 1584");
}

// Common random numbers: the variants of a study see the same requests.
TEST(Determinism, VariantsSeeTheSameTraffic) {
  spec::RunSpec run = test::tiny_run(100, 1, 1);
  run.workload.lengths =
      spec::LengthsSpec{test::uniform(1, 1000), test::uniform(1, 300), std::nullopt};
  run.workload.arrivals = spec::ArrivalSpec{spec::ArrivalProcess::Poisson, PerSecond(20), 1};
  const auto requests = [&](spec::AttentionVariant variant) {
    run.model = test::with_attention(test::tiny_model(), variant, 1);
    test::Recorder recorder;
    static_cast<void>(cluster::simulate(run, test::millisecond_steps(), recorder));
    std::set<std::tuple<RequestId, SimTime, std::int64_t, std::int64_t>> seen;
    for (const spec::RequestRecord& record : recorder.records) {
      seen.emplace(record.id, record.arrival, record.prompt_tokens, record.output_tokens);
    }
    return seen;
  };
  EXPECT_EQ(requests(spec::AttentionVariant::Mha), requests(spec::AttentionVariant::Mqa));
}

}  // namespace
}  // namespace kvsim
