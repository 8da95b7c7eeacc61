// A trace that is read again and again.
#include <gtest/gtest.h>

#include <set>

#include "trace_file.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

// Arrivals 1, 2 and 4 s: a span of 3 s with 2 gaps, so a pass takes 3 · 3/2 = 4.5 s.
constexpr std::string_view kThree =
    R"({"timestamp": 1000, "input_length": 600, "output_length": 7, "hash_ids": [4, 5]}
{"timestamp": 2000, "input_length": 512, "output_length": 8, "hash_ids": [4]}
{"timestamp": 4000, "input_length": 30, "output_length": 9}
)";

spec::WorkloadSpec repeated(const TraceFile& file, std::int64_t times) {
  spec::WorkloadSpec workload = file.mooncake();
  workload.repeat = times;
  return workload;
}

TEST(Repeat, EachPassComesAMeanGapAfterTheLastOne) {
  const TraceFile file(kThree);
  const auto requests = all_of(repeated(file, 3));
  ASSERT_EQ(requests.size(), 9U);
  std::vector<double> arrivals;
  for (const Request& request : requests) {
    arrivals.push_back(to_seconds(request.arrival.since_start()).value());
  }
  EXPECT_EQ(arrivals, (std::vector<double>{1, 2, 4, 5.5, 6.5, 8.5, 10, 11, 13}));
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(requests[i].id, RequestId(static_cast<std::int64_t>(i)));
    EXPECT_EQ(requests[i].prompt_tokens, requests[i % 3].prompt_tokens);
    EXPECT_EQ(requests[i].output_tokens, requests[i % 3].output_tokens);
  }
}

// Requests 0 and 1 share their first block in every pass, no two passes share any.
TEST(Repeat, EachPassHasItsOwnConversations) {
  const TraceFile file(kThree);
  const auto requests = all_of(repeated(file, 3));
  std::set<std::uint64_t> firsts;
  for (std::size_t pass = 0; pass < 3; ++pass) {
    const spec::PromptContent& content = *requests[3 * pass].content;
    EXPECT_EQ(content.stretches[0], requests[3 * pass + 1].content->stretches[0]);
    EXPECT_EQ(content.stretches[0].tokens, 512);
    EXPECT_EQ(content.stretches[1].tokens, 88);
    EXPECT_EQ(content.stretches[0].id & spec::kPrivateStretch, 0U);
    EXPECT_EQ(content.stretches[2].id, spec::private_stretch(static_cast<std::int64_t>(3 * pass)));
    EXPECT_EQ(requests[3 * pass + 2].content, nullptr);
    firsts.insert({content.stretches[0].id, content.stretches[1].id});
  }
  EXPECT_EQ(firsts.size(), 6U);
  EXPECT_EQ(requests[0].content->stretches[0].id, 4U);
}

TEST(Repeat, TheFirstPassIsTheTraceItself) {
  const TraceFile file(kThree);
  auto requests = all_of(repeated(file, 2));
  requests.resize(3);
  EXPECT_EQ(requests, all_of(file.mooncake()));
}

TEST(Repeat, NumRequestsCuts) {
  const TraceFile file(kThree);
  spec::WorkloadSpec workload = repeated(file, 1'000'000'000);
  workload.num_requests = 5;
  EXPECT_EQ(all_of(workload).size(), 5U);
}

TEST(Repeat, OfLengthsTakesArrivalsAsTheyCome) {
  const TraceFile file(kThree);
  spec::WorkloadSpec workload = repeated(file, 2);
  workload.arrivals = arrivals(spec::ArrivalProcess::Constant, 2);
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 6U);
  EXPECT_EQ(requests[5].arrival, at_attoseconds(3 * kAttosecondsPerSecond));
}

TEST(Repeat, OfOneRequestComesAtOneInstant) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens\n2,1,1\n");
  spec::WorkloadSpec workload = file.csv();
  workload.repeat = 3;
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[2].arrival, at_attoseconds(2 * kAttosecondsPerSecond));
}

}  // namespace
}  // namespace kvsim::workload
