#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"
#include "trace_file.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

std::string error_of(const spec::WorkloadSpec& workload) {
  try {
    static_cast<void>(make_source(workload, 1));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

// "arrival prompt output" of each request; arrivals to the nanosecond, since the last bits of a
// logarithm may differ between C libraries.
std::vector<std::string> texts_of(const spec::WorkloadSpec& workload) {
  std::vector<std::string> texts;
  for (const Request& request : all_of(workload, 1)) {
    texts.push_back(format_seconds(request.arrival.since_start(), 9) + ' ' +
                    std::to_string(request.prompt_tokens) + ' ' +
                    std::to_string(request.output_tokens));
  }
  return texts;
}

// Pinned: these are the requests of seed 1 on every machine and in every version. If they move,
// every stored result moves.
TEST(GeneratedSource, GivesTheSameRequestsForever) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(texts_of(chat(4, 4)), (Texts{"0.544823946 955 114", "0.550932174 369 99",
                                         "0.695189749 1181 212", "0.919813069 545 77"}));
  spec::WorkloadSpec bursty = chat(4, 3);
  bursty.arrivals = arrivals(spec::ArrivalProcess::Gamma, 4, 0.5);
  EXPECT_EQ(texts_of(bursty),
            (Texts{"0.029090213 955 114", "0.658711969 369 99", "0.811449692 1181 212"}));
  spec::WorkloadSpec even = chat(4, 3);
  even.arrivals = arrivals(spec::ArrivalProcess::Gamma, 4, 3);
  EXPECT_EQ(texts_of(even),
            (Texts{"0.094875852 955 114", "0.708759491 369 99", "0.952739472 1181 212"}));
}

TEST(GeneratedSource, NumbersRequestsAndStopsAfterTheLast) {
  const auto source = make_source(chat(4, 3), 1);
  for (std::int64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(source->next()->id, RequestId(i));
  }
  EXPECT_FALSE(source->next().has_value());
  EXPECT_FALSE(source->next().has_value());
  EXPECT_EQ(source->skipped_lines(), 0);
}

TEST(GeneratedSource, OutputsEndAtMaxTokens) {
  spec::WorkloadSpec workload = chat(4, 200);
  workload.lengths->output = uniform_length(1, 20);
  workload.lengths->max_tokens = 10;
  std::int64_t cut = 0;
  for (const Request& request : all_of(workload)) {
    EXPECT_EQ(request.max_tokens, 10);
    EXPECT_LE(request.output_tokens, 10);
    cut += request.output_tokens == 10 ? 1 : 0;
  }
  EXPECT_GT(cut, 80);  // 11 of 20 lengths are cut to 10 or are 10: about 110 of 200
}

TEST(GeneratedSource, WithoutMaxTokensTheLimitIsTheOutputItself) {
  for (const Request& request : all_of(chat(4, 50))) {
    EXPECT_EQ(request.max_tokens, request.output_tokens);
  }
}

TEST(GeneratedSource, ClosedLoopLeavesArrivalsToTheCluster) {
  spec::WorkloadSpec workload = chat(4, 10);
  workload.arrivals.reset();
  workload.closed_loop = spec::ClosedLoopSpec{.max_concurrency = 2};
  const auto open = all_of(chat(4, 10));
  const auto closed = all_of(workload);
  ASSERT_EQ(closed.size(), 10U);
  for (std::size_t i = 0; i < closed.size(); ++i) {
    EXPECT_EQ(closed[i].arrival, SimTime());
    EXPECT_EQ(closed[i].prompt_tokens, open[i].prompt_tokens);
  }
}

// Streams by name: what one of them is used for does not move the others.
RC_GTEST_PROP(GeneratedSource, ArrivalsAndLengthsDoNotDisturbEachOther, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto base = all_of(chat(4, 20), seed);
  spec::WorkloadSpec other_prompts = chat(4, 20);
  other_prompts.lengths->prompt = uniform_length(1, 9);
  spec::WorkloadSpec gamma = chat(4, 20);
  gamma.arrivals = arrivals(spec::ArrivalProcess::Gamma, 9, 0.3);
  const auto with_prompts = all_of(other_prompts, seed);
  const auto with_gamma = all_of(gamma, seed);
  for (std::size_t i = 0; i < base.size(); ++i) {
    RC_ASSERT(with_prompts[i].arrival == base[i].arrival);
    RC_ASSERT(with_prompts[i].output_tokens == base[i].output_tokens);
    RC_ASSERT(with_gamma[i].prompt_tokens == base[i].prompt_tokens);
    RC_ASSERT(with_gamma[i].output_tokens == base[i].output_tokens);
  }
}

RC_GTEST_PROP(GeneratedSource, AShorterRunIsTheStartOfALongerOne, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto shorter = all_of(chat(4, 10), seed);
  auto longer = all_of(chat(4, 30), seed);
  longer.resize(10);
  RC_ASSERT(shorter == longer);
}

TEST(MakeSource, RefusesNumbersThatCannotBeSimulatedAllAtOnce) {
  spec::WorkloadSpec workload = chat(1e-9, 10);
  workload.lengths->prompt = fixed_length(2'000'000'000);
  workload.speedup = 2;
  EXPECT_EQ(
      error_of(workload),
      "error: a request rate of 1e-09/s cannot be simulated [workload.arrivals.request_rate]\n"
      "    note: rates from 1e-6/s to 1e12/s can; arrivals all at once: process: all_at_once\n"
      "error: a length of 2e+09 tokens cannot be simulated [workload.lengths.prompt]\n"
      "    note: lengths up to 1e9 tokens can\n"
      "error: speedup has no effect here: the arrivals do not come from a trace "
      "[workload.speedup]\n"
      "    note: remove it, or replay a trace without arrivals and closed_loop\n");
}

TEST(MakeSource, RefusesBurstsBeyondReach) {
  spec::WorkloadSpec workload = chat(4, 10);
  workload.arrivals = arrivals(spec::ArrivalProcess::Gamma, 4, 1e-6);
  EXPECT_EQ(error_of(workload),
            "error: a burstiness of 1e-06 cannot be simulated [workload.arrivals.burstiness]\n"
            "    note: it can be 0.001 or more; all at once: process: all_at_once\n");
}

TEST(MakeSource, ChecksThatTheRulesOfTheSpecHold) {
  EXPECT_THROW(static_cast<void>(make_source({}, 1)), InternalError);
  spec::WorkloadSpec endless = chat(4, 1);
  endless.num_requests.reset();
  EXPECT_THROW(static_cast<void>(make_source(endless, 1)), InternalError);
}

}  // namespace
}  // namespace kvsim::workload
