// A trace at another mean rate.
#include "sim/workload/trace_rate.hpp"

#include <gtest/gtest.h>

#include "trace_file.hpp"

namespace kvsim::workload {
namespace {

constexpr std::string_view kBursts =
    "arrival_s,prompt_tokens,output_tokens\n10,1,1\n10,2,1\n10.5,3,1\n14,4,1\n";

spec::WorkloadSpec at_rate(const TraceFile& file, double rate) {
  spec::WorkloadSpec workload = file.csv();
  workload.request_rate = PerSecond(rate);
  return workload;
}

// 3 gaps in 4 s: 0.75/s. At 3/s all times are a quarter.
TEST(TraceRate, ShrinksEveryGapAlike) {
  const TraceFile file(kBursts);
  EXPECT_DOUBLE_EQ(with_own_speedup(at_rate(file, 3)).speedup, 4);
  const auto requests = all_of(at_rate(file, 3));
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests[0].arrival, requests[1].arrival);
  EXPECT_EQ(requests[2].arrival - requests[0].arrival, Duration(kAttosecondsPerSecond / 8));
  EXPECT_EQ(requests[3].arrival - requests[0].arrival, Duration(kAttosecondsPerSecond));
}

TEST(TraceRate, IsThatOfTheRequestsThatAreReplayed) {
  const TraceFile file(kBursts);
  spec::WorkloadSpec workload = at_rate(file, 2);
  workload.num_requests = 3;  // 2 gaps in 0.5 s: 4/s
  EXPECT_DOUBLE_EQ(with_own_speedup(workload).speedup, 0.5);
}

TEST(TraceRate, WithoutOneNothingChanges) {
  const TraceFile file(kBursts);
  spec::WorkloadSpec workload = file.csv();
  workload.speedup = 3;
  EXPECT_EQ(with_own_speedup(workload).speedup, 3);
}

TEST(TraceRate, ATraceOfOneInstantHasNone) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens\n10,1,1\n10,2,1\n");
  EXPECT_EQ(
      file.error_of(at_rate(file, 3)),
      R"(trace.csv: error: the trace has no rate of its own: its 2 request(s) arrive at one instant [workload.trace]
    note: for arrivals at a rate take arrivals: beside the trace
    note: or drop workload.request_rate
)");
}

TEST(TraceRate, RatesOutOfReachAreRefused) {
  const TraceFile file(kBursts);
  EXPECT_EQ(file.error_of(at_rate(file, 1e-7)),
            R"(error: a request rate of 1e-07/s cannot be simulated [workload.request_rate]
    note: rates from 1e-6/s to 1e12/s can
)");
  // 1000/s slowed down to 1e-6/s: a billionth.
  const TraceFile fast("arrival_s,prompt_tokens,output_tokens\n0,1,1\n0.001,2,1\n");
  EXPECT_EQ(fast.error_of(at_rate(fast, 1e-6)),
            R"(error: a trace of 1000/s cannot be replayed at 1e-06/s [workload.request_rate]
    note: from a millionth of its own rate to 1e12 times can
)");
}

}  // namespace
}  // namespace kvsim::workload
