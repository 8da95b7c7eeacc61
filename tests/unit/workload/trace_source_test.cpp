#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include "trace_file.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

// The invented twin of azure_2023_conv.csv: CRLF, seven decimals, no line end at the end.
constexpr std::string_view kAzureTwin =
    "TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
    "2023-12-31 23:59:58.0000001,374,44\r\n"
    "2023-12-31 23:59:58.0000002,396,109\r\n"
    "2023-12-31 23:59:59.9999999,879,55\r\n"
    "2024-01-01 00:00:00.0000000,91,16\r\n"
    "2024-01-01 00:00:00.0000000,91,16\r\n"
    "2024-01-31 00:00:00.0000001,381,84\r\n"
    "2024-02-01 00:00:00.0000001,1313,142\r\n"
    "2024-02-28 00:00:00.0000001,388,84\r\n"
    "2024-03-01 00:00:00.0000001,242,14\r\n"
    "2024-03-01 00:00:00.1234567,1030,434";

TEST(AzureTrace, CountsExactAttosecondsFromItsFirstRow) {
  const TraceFile file(kAzureTwin);
  const auto requests = all_of(file.azure());
  ASSERT_EQ(requests.size(), 10U);
  constexpr Int128 kStep = 100'000'000'000;  // the seventh decimal: 100 ns
  constexpr Int128 kDay = 86'400 * kAttosecondsPerSecond;
  // From 2023-12-31 23:59:58.0000001 to midnight 2 s less one step; January has 31 days,
  // February of 2024 has 29.
  constexpr Int128 kMidnight = 2 * kAttosecondsPerSecond - kStep;
  const std::vector<Int128> expected = {0,
                                        kStep,
                                        kMidnight - kStep,
                                        kMidnight,
                                        kMidnight,
                                        kMidnight + 30 * kDay + kStep,
                                        kMidnight + 31 * kDay + kStep,
                                        kMidnight + 58 * kDay + kStep,
                                        kMidnight + 60 * kDay + kStep,
                                        kMidnight + 60 * kDay + 1'234'567 * kStep};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(requests[i].arrival, at_attoseconds(expected[i])) << "request " << i;
    EXPECT_EQ(requests[i].id, RequestId(static_cast<std::int64_t>(i)));
  }
  EXPECT_EQ(requests[0].prompt_tokens, 374);
  EXPECT_EQ(requests[0].output_tokens, 44);
  EXPECT_EQ(requests[0].max_tokens, 44);
  EXPECT_EQ(requests[9].prompt_tokens, 1030);
  EXPECT_EQ(requests[9].output_tokens, 434);
}

TEST(AzureTrace, ReadsTheSameWithEitherLineEnd) {
  std::string unix_text(kAzureTwin);
  std::erase(unix_text, '\r');
  const TraceFile crlf(kAzureTwin);
  const TraceFile lf(unix_text + "\n");
  EXPECT_EQ(all_of(crlf.azure()), all_of(lf.azure()));
}

TEST(CsvTrace, KeepsSecondsAsWritten) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens\n0.046926808,85,416\n1e-1,9,333\n");
  const auto requests = all_of(file.csv());
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].arrival, at_attoseconds(46'926'808'000'000'000));
  EXPECT_EQ(requests[1].arrival, at_attoseconds(kAttosecondsPerSecond / 10));
}

TEST(CsvTrace, FindsItsColumnsByNameAndUnit) {
  const TraceFile file(
      "id,\"in, tokens\",t_ms,note,out\n"
      "1,10,1500,\"a, b\",20\n"
      "2,11, 1500.25 ,,21\n");
  spec::WorkloadSpec workload = file.csv();
  workload.columns = {.arrival = "t_ms",
                      .prompt_tokens = "in, tokens",
                      .output_tokens = "out",
                      .arrival_unit = spec::TimeUnit::Milliseconds};
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].arrival, at_attoseconds(1500 * kAttosecondsPerMillisecond));
  EXPECT_EQ(requests[1].arrival, at_attoseconds(150'025 * (kAttosecondsPerMillisecond / 100)));
  EXPECT_EQ(requests[1].prompt_tokens, 11);
  EXPECT_EQ(requests[1].output_tokens, 21);
}

TEST(CsvTrace, TimestampsCountFromTheFirstRow) {
  const TraceFile file(
      "arrival_s,prompt_tokens,output_tokens\n"
      "2024-05-10T00:00:01Z,1,1\n2024-05-10 02:00:01.5+02:00,1,1\n");
  spec::WorkloadSpec workload = file.csv();
  workload.columns.arrival_unit = spec::TimeUnit::Timestamp;
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].arrival, SimTime());
  EXPECT_EQ(requests[1].arrival, at_attoseconds(kAttosecondsPerSecond / 2));
}

TEST(CsvTrace, PassesOverBlankLinesAndAByteOrderMark) {
  const TraceFile file(
      "\xef\xbb\xbf"
      "arrival_s,prompt_tokens,output_tokens\n\n1,2,3\n  \n4,5,6\n\n");
  EXPECT_EQ(all_of(file.csv()).size(), 2U);
}

TEST(CsvTrace, SpeedupDividesTimes) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens\n1,1,1\n2,1,1\n");
  spec::WorkloadSpec workload = file.csv();
  workload.speedup = 3;
  const auto requests = all_of(workload);
  EXPECT_EQ(requests[0].arrival, at_attoseconds(333'333'333'333'333'333));
  EXPECT_EQ(requests[1].arrival, at_attoseconds(666'666'666'666'666'667));
}

TEST(CsvTrace, NumRequestsCuts) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens\n1,1,1\n2,1,1\nnot read,1,1\n");
  spec::WorkloadSpec workload = file.csv();
  workload.num_requests = 2;
  EXPECT_EQ(all_of(workload).size(), 2U);
}

TEST(CsvTrace, WithArrivalsGivesItsLengthsOnly) {
  const TraceFile file("prompt_tokens,output_tokens\n3772,54\n2015,156\n3858,133\n");
  spec::WorkloadSpec workload = file.csv();
  workload.arrivals = arrivals(spec::ArrivalProcess::Constant, 2);
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[2].arrival, at_attoseconds(kAttosecondsPerSecond * 3 / 2));
  EXPECT_EQ(requests[2].prompt_tokens, 3858);
  EXPECT_EQ(requests[2].output_tokens, 133);
}

TEST(CsvTrace, InAClosedLoopGivesItsLengthsOnly) {
  const TraceFile file(
      "arrival_s,prompt_tokens,output_tokens\n9,1,2\n5,3,4\n");  // order does not matter then
  spec::WorkloadSpec workload = file.csv();
  workload.closed_loop = spec::ClosedLoopSpec{.max_concurrency = 4};
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].arrival, SimTime());
  EXPECT_EQ(requests[1].arrival, SimTime());
}

TEST(CsvTrace, CountsSkippedLines) {
  const TraceFile file(
      "arrival_s,prompt_tokens,output_tokens\n"
      "9999999999,1,1\n"  // years later: not the start of anything
      "1,0,5\n"
      "1,5\n"
      "2,5,5\n"
      "x,5,5\n"
      "3,5,5\n");
  spec::WorkloadSpec workload = file.csv();
  workload.skip_bad_lines = true;
  const auto source = make_source(workload, 1);
  const auto requests = all_of(*source);
  EXPECT_EQ(source->skipped_lines(), 4);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].id, RequestId(0));
  EXPECT_EQ(requests[1].id, RequestId(1));
}

TEST(CsvTrace, ASkippedLineSetsNeitherOriginNorOrder) {
  const TraceFile file(
      "TIMESTAMP,ContextTokens,GeneratedTokens\n"
      "2023-11-16 00:00:00,0,1\n"
      "2023-11-16 00:00:05,1,1\n"
      "2023-11-16 00:00:09,1,0\n"
      "2023-11-16 00:00:07,1,1\n");
  spec::WorkloadSpec workload = file.azure();
  workload.skip_bad_lines = true;
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].arrival, SimTime());
  EXPECT_EQ(requests[1].arrival, at_attoseconds(2 * kAttosecondsPerSecond));
}

// Lines that straddle the end of the reader's buffer come out whole.
TEST(CsvTrace, ReadsFilesManyTimesItsBuffer) {
  std::string text = "arrival_s,prompt_tokens,output_tokens,note\n";
  constexpr std::int64_t kLines = 20'000;  // 40 bytes each and more: a dozen buffers
  for (std::int64_t i = 0; i < kLines; ++i) {
    text += fmt::format("{},{},{},{}\n", i, i + 1, i % 7 + 1,
                        std::string(static_cast<std::size_t>(i % 61), 'x'));
  }
  const TraceFile file(text);
  const auto requests = all_of(file.csv());
  ASSERT_EQ(requests.size(), static_cast<std::size_t>(kLines));
  for (std::int64_t i = 0; i < kLines; ++i) {
    const Request& request = requests[static_cast<std::size_t>(i)];
    ASSERT_EQ(request.arrival, at_attoseconds(i * kAttosecondsPerSecond));
    ASSERT_EQ(request.prompt_tokens, i + 1);
    ASSERT_EQ(request.output_tokens, i % 7 + 1);
  }
}

// A source holds one buffer, however long the trace: it answers before the end is read.
TEST(CsvTrace, IsReadAsItIsNeeded) {
  std::string text = "arrival_s,prompt_tokens,output_tokens\n";
  for (int i = 0; i < 20'000; ++i) {
    text += fmt::format("{},1,1\n", i);
  }
  const TraceFile file(text + "this line is bad\n");
  const auto source = make_source(file.csv(), 1);
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(source->next().has_value());
  }
  EXPECT_THROW(static_cast<void>(source->next()), ConfigError);
}

RC_GTEST_PROP(CsvTrace, NeverCrashesOnAnything, (const std::string& text)) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens\n" + text);
  spec::WorkloadSpec workload = file.csv();
  workload.skip_bad_lines = *rc::gen::arbitrary<bool>();
  static_cast<void>(file.error_of(workload));
}

}  // namespace
}  // namespace kvsim::workload
