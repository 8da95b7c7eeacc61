// The published traces; their invented twins are in trace_source_test.cpp, jsonl_trace_test.cpp and
// burstgpt_trace_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "data_file.hpp"
#include "sim/workload/summary.hpp"
#include "trace_file.hpp"

namespace kvsim::workload {
namespace {

// AzurePublicDataset, AzureLLMInferenceTrace_conv.csv: 19 366 requests in 3 502 s, 5.53/s.
// First row 18:15:46.6805900, last row 19:14:08.4025270: 3 501.721 937 0 s apart.
TEST(AzureTrace2023, HasThePublishedRequestsAndRate) {
  KVSIM_NEEDS_DATA(path, "traces/azure_2023_conv.csv");
  spec::WorkloadSpec workload;
  workload.trace = *path;
  workload.format = spec::TraceFormat::Azure;
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 19'366U);
  EXPECT_EQ(requests.front().arrival, SimTime());
  EXPECT_EQ(format_seconds(requests.back().arrival.since_start(), 7), "3501.7219370");
  const double seconds = to_seconds(requests.back().arrival.since_start()).value();
  EXPECT_NEAR(19'366 / seconds, 5.53, 0.005);
  EXPECT_EQ(requests.back().prompt_tokens, 197);
  EXPECT_EQ(requests.back().output_tokens, 183);
}

// Mooncake, FAST25-release/traces/conversation_trace.jsonl: 12 031 requests whose arrivals are
// quantised to about 3 s, so that 90 % of the gaps are 0. Of its blocks 36.6 % came before, of its
// tokens 37.36 % (37.34 % in full blocks): the last block of a prompt is short and seldom known.
TEST(MooncakeConversation, HasThePublishedRequestsAndPrefixHits) {
  KVSIM_NEEDS_DATA(path, "traces/mooncake_conversation.jsonl");
  ASSERT_EQ(detect_format(*path), spec::TraceFormat::Mooncake);
  spec::WorkloadSpec workload;
  workload.trace = *path;
  workload.format = spec::TraceFormat::Mooncake;
  const WorkloadSummary summary = summarise(workload, 1);
  EXPECT_EQ(summary.requests, 12'031);
  ASSERT_TRUE(summary.blocks);
  EXPECT_EQ(summary.blocks->requests, 12'031);
  EXPECT_NEAR(summary.blocks->ideal_hit_rate, 0.366, 0.0005);
  EXPECT_NEAR(summary.prefixes->ideal_hit_rate, 0.373624, 1e-6);
  EXPECT_NEAR(*summary.arrivals->zero_gap_share, 0.90, 0.005);
  EXPECT_NEAR(*summary.arrivals->gap_cv, 3.0, 0.05);
}

// One id for each 512 tokens that were begun, and then the answer.
TEST(MooncakeConversation, HasAnIdForEachBlockOfThePrompt) {
  KVSIM_NEEDS_DATA(path, "traces/mooncake_conversation.jsonl");
  spec::WorkloadSpec workload;
  workload.trace = *path;
  workload.format = spec::TraceFormat::Mooncake;
  const auto source = make_source(workload, 1);
  while (const auto request = source->next()) {
    ASSERT_EQ(static_cast<std::int64_t>(request->content->stretches.size()),
              (request->prompt_tokens + 511) / 512 + 1);
  }
}

// ShareGPT's prompts in blocks of 16 tokens, an id for each full one (vLLM's rule): floor(prompt /
// 16) ids, of which 7.65 % came before. The ids lie beside the lengths in a file of their own.
TEST(ShareGpt300, HasAnIdForEachFullBlock) {
  KVSIM_NEEDS_DATA(lengths, "traces/sharegpt_llama8b_300.csv");
  KVSIM_NEEDS_DATA(blocks, "traces/sharegpt_llama8b_300_blocks16.jsonl");
  std::ifstream rows(*lengths);
  std::ifstream lists(*blocks);
  std::string text;
  std::string row;
  std::string list;
  std::getline(rows, row);
  text = row + ",hash_ids\n";
  while (std::getline(rows, row) && std::getline(lists, list)) {
    const std::size_t begin = list.find('[') + 1;
    std::string ids = list.substr(begin, list.find(']') - begin);
    std::replace(ids.begin(), ids.end(), ',', ' ');
    text += row + "," + ids + "\n";
  }
  const TraceFile file(text);
  spec::WorkloadSpec workload = file.csv();
  workload.hash_block_size = 16;
  const WorkloadSummary summary = summarise(workload, 1);
  EXPECT_EQ(summary.requests, 300);
  EXPECT_NEAR(summary.blocks->ideal_hit_rate, 0.0765, 0.00005);
}

TEST(ArxivSummarization, IsATraceOfLengths) {
  KVSIM_NEEDS_DATA(path, "traces/arxiv_summarization_lengths.csv");
  ASSERT_EQ(detect_format(*path), spec::TraceFormat::Lengths);
  spec::WorkloadSpec workload;
  workload.trace = *path;
  workload.format = spec::TraceFormat::Lengths;
  workload.closed_loop = spec::ClosedLoopSpec{.max_concurrency = 8};
  EXPECT_EQ(summarise(workload, 1).requests, 28'257);
}

// Poisson at 10 requests/s: 299 gaps, so the rate is good to 1/sqrt(299) = 6 %.
TEST(ShareGpt300, ComesAtTenPerSecond) {
  KVSIM_NEEDS_DATA(path, "traces/sharegpt_llama8b_300.csv");
  ASSERT_EQ(detect_format(*path), spec::TraceFormat::Csv);
  spec::WorkloadSpec workload;
  workload.trace = *path;
  const WorkloadSummary summary = summarise(workload, 1);
  EXPECT_EQ(summary.requests, 300);
  EXPECT_NEAR(*summary.arrivals->mean_rate, 10, 0.6);
}

}  // namespace
}  // namespace kvsim::workload
