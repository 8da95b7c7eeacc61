#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include "sim/workload/format_detection.hpp"
#include "trace_file.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

// The invented twin of mooncake_conversation.jsonl.
constexpr std::string_view kMooncakeTwin =
    R"({"timestamp": 0, "input_length": 1200, "output_length": 500, "hash_ids": [0, 1, 2]}
{"timestamp": 0, "input_length": 1300, "output_length": 490, "hash_ids": [0, 1, 3]}
{"timestamp": 27482, "input_length": 12, "output_length": 1, "hash_ids": [9007199254740993]}
{"timestamp": 30535.5, "input_length": 600, "output_length": 52, "hash_ids": [0, 4]}
)";

/// Without the stretch that only this request has.
std::vector<std::uint64_t> ids_of(const Request& request) {
  std::vector<std::uint64_t> ids;
  for (const spec::Stretch& stretch : request.content->stretches) {
    ids.push_back(stretch.id);
  }
  ids.pop_back();
  return ids;
}

std::string error_of_jsonl(std::string_view line) {
  const TraceFile file(fmt::format("{}\n", line), "trace.jsonl");
  return file.error_of(file.mooncake());
}

TEST(MooncakeTrace, ReadsMillisecondsLengthsAndBlockIds) {
  const TraceFile file(kMooncakeTwin);
  const auto requests = all_of(file.mooncake());
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests[1].arrival, SimTime());
  EXPECT_EQ(requests[2].arrival, at_attoseconds(27'482 * kAttosecondsPerMillisecond));
  EXPECT_EQ(requests[3].arrival, at_attoseconds(305'355 * (kAttosecondsPerMillisecond / 10)));
  EXPECT_EQ(requests[1].prompt_tokens, 1300);
  EXPECT_EQ(requests[1].output_tokens, 490);
  EXPECT_EQ(requests[1].max_tokens, 490);
  EXPECT_EQ(ids_of(requests[1]), (std::vector<std::uint64_t>{0, 1, 3}));
}

// 2^53 + 1 is no double; the largest id of 63 bits and one of 64 bits keep every bit.
TEST(MooncakeTrace, KeepsEveryBitOfAnId) {
  const TraceFile file(
      R"({"timestamp": 0, "input_length": 2048, "output_length": 1, )"
      R"("hash_ids": [9007199254740993, 9223372036854775807, 18446744073709551615, -1]})");
  const auto requests = all_of(file.mooncake());
  ASSERT_EQ(requests.size(), 1U);
  constexpr std::uint64_t kAllBits = 18'446'744'073'709'551'615U;
  EXPECT_EQ(ids_of(requests[0]),
            (std::vector<std::uint64_t>{9'007'199'254'740'993, 9'223'372'036'854'775'807, kAllBits,
                                        kAllBits}));
}

TEST(MooncakeTrace, ReadsDynamosWords) {
  const TraceFile file(
      R"({"created_time": 1500, "input_tokens": 10, "output_tokens": 20, "session_id": "a"})");
  const auto requests = all_of(file.mooncake());
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].arrival, at_attoseconds(1500 * kAttosecondsPerMillisecond));
  EXPECT_EQ(requests[0].prompt_tokens, 10);
  EXPECT_EQ(requests[0].output_tokens, 20);
  EXPECT_EQ(requests[0].content, nullptr);
}

TEST(MooncakeTrace, ReadsTheKeysThatTheStudyNames) {
  const TraceFile file(
      R"({"at": "2024-05-10T00:00:01Z", "in": 10, "nested": {"in": 7}, "out": 20, "blocks": [5]}
{"at": "2024-05-10 00:00:01.5", "in": 11, "out": 21, "blocks": []})");
  spec::WorkloadSpec workload = file.mooncake();
  workload.columns = {.arrival = "at",
                      .prompt_tokens = "in",
                      .output_tokens = "out",
                      .hash_ids = "blocks",
                      .arrival_unit = spec::TimeUnit::Timestamp};
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[0].arrival, SimTime());
  EXPECT_EQ(requests[1].arrival, at_attoseconds(kAttosecondsPerSecond / 2));
  EXPECT_EQ(requests[0].prompt_tokens, 10);
  EXPECT_EQ(ids_of(requests[0]), std::vector<std::uint64_t>{5});
  EXPECT_EQ(requests[1].content, nullptr);  // an empty list says nothing
}

// 12 500 ids of 19 digits: 250 kB, four times the reader's first buffer.
TEST(MooncakeTrace, ReadsALineLongerThanItsFirstBuffer) {
  std::string ids;
  for (int i = 0; i < 12'500; ++i) {
    ids += fmt::format("{}{}", i == 0 ? "" : ",", 8'000'000'000'000'000'000 + i);
  }
  const std::string line = fmt::format(
      R"({{"timestamp":7,"input_length":200000,"output_length":1,"hash_ids":[{}]}})", ids);
  const TraceFile file(line + "\n" + line + "\n");
  spec::WorkloadSpec workload = file.mooncake();
  workload.hash_block_size = 16;
  const auto requests = all_of(workload);
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(ids_of(requests[1]).size(), 12'500U);
  EXPECT_EQ(ids_of(requests[1]).back(), 8'000'000'000'000'012'499);
  EXPECT_EQ(ids_of(requests[0]).at(1), 8'000'000'000'000'000'001);
}

TEST(MooncakeTrace, RequestsAreEqualWhenTheirIdsAre) {
  const TraceFile file(kMooncakeTwin);
  EXPECT_EQ(all_of(file.mooncake()), all_of(file.mooncake()));
}

TEST(MooncakeTraceErrors, NoJson) {
  EXPECT_EQ(error_of_jsonl(R"({"timestamp": 0, "input_length": 1200,, "output_length": 5})"),
            fmt::format("trace.jsonl:1:39: error: the line is not valid JSON from here on\n"
                        "    {{\"timestamp\": 0, \"input_length\": 1200,, \"output_length\": 5}}\n"
                        "                                          ^\n"
                        "    note: expected one object per line, such as {{\"timestamp\": 27482, "
                        "\"input_length\": 6955, \"output_length\": 52}}\n{}",
                        kSkipNote));
}

TEST(MooncakeTraceErrors, NoObject) {
  EXPECT_EQ(error_of_jsonl("[1, 2]"),
            fmt::format("trace.jsonl:1:1: error: the line is not a JSON object\n"
                        "    [1, 2]\n"
                        "    ^\n"
                        "    note: expected one object per line, such as {{\"timestamp\": 27482, "
                        "\"input_length\": 6955, \"output_length\": 52}}\n{}",
                        kSkipNote));
}

TEST(MooncakeTraceErrors, TokensThatAreNoWholeNumber) {
  EXPECT_EQ(error_of_jsonl(R"({"timestamp": 0, "input_length": "12", "output_length": 5})"),
            fmt::format("trace.jsonl:1:34: error: '\"12\"' is not a number of tokens from 1 to 1e9 "
                        "[input_length]\n"
                        "    {{\"timestamp\": 0, \"input_length\": \"12\", \"output_length\": 5}}\n"
                        "                                     ^\n{}",
                        kSkipNote));
}

TEST(MooncakeTraceErrors, ZeroTokens) {
  EXPECT_EQ(error_of_jsonl(R"({"timestamp": 0, "input_length": 3, "output_length": 0})"),
            fmt::format("trace.jsonl:1:54: error: a request needs at least one token "
                        "[output_length]\n"
                        "    {{\"timestamp\": 0, \"input_length\": 3, \"output_length\": 0}}\n"
                        "                                                         ^\n{}",
                        kSkipNote));
}

TEST(MooncakeTraceErrors, KeyWithATypo) {
  EXPECT_EQ(error_of_jsonl(R"({"timestamp": 0, "input_lenght": 3, "output_length": 1})"),
            fmt::format("trace.jsonl:1: error: the line has no key 'input_length'\n"
                        "    {{\"timestamp\": 0, \"input_lenght\": 3, \"output_length\": 1}}\n"
                        "    note: did you mean 'input_lenght'?\n"
                        "    note: keys here: timestamp, input_lenght, output_length\n"
                        "    note: also read: input_tokens\n"
                        "    note: to read it from another key than 'input_length': "
                        "workload.columns.prompt_tokens: NAME\n{}",
                        kSkipNote));
}

TEST(MooncakeTraceErrors, ATurnOfAConversation) {
  EXPECT_EQ(error_of_jsonl(R"({"delay": 50, "input_length": 3, "output_length": 1})"),
            fmt::format("trace.jsonl:1: error: the line has no key 'timestamp'\n"
                        "    {{\"delay\": 50, \"input_length\": 3, \"output_length\": 1}}\n"
                        "    note: 'delay' makes this a turn of a conversation, which cannot be "
                        "replayed yet\n"
                        "    note: keys here: delay, input_length, output_length\n"
                        "    note: also read: created_time\n"
                        "    note: to read it from another key than 'timestamp': "
                        "workload.columns.arrival: NAME\n"
                        "    note: for a trace of lengths only, generate the arrivals: "
                        "workload.arrivals\n{}",
                        kSkipNote));
}

TEST(MooncakeTraceErrors, KeyTwice) {
  EXPECT_EQ(error_of_jsonl(R"({"timestamp": 0, "timestamp": 1})"),
            fmt::format("trace.jsonl:1: error: the key 'timestamp' stands twice\n"
                        "    {{\"timestamp\": 0, \"timestamp\": 1}}\n{}",
                        kSkipNote));
}

TEST(MooncakeTraceErrors, AnIdThatIsNoWholeNumber) {
  EXPECT_EQ(error_of_jsonl(
                R"({"timestamp": 0, "input_length": 3, "output_length": 1, "hash_ids": [1, 2.5]})"),
            fmt::format(
                "trace.jsonl:1:69: error: '2.5' in the list is not a whole number of 64 bits "
                "[hash_ids]\n"
                "    {{\"timestamp\": 0, \"input_length\": 3, \"output_length\": 1, \"hash_ids\": "
                "[1, 2.5]}}\n"
                "    {:>69}\n{}",
                "^", kSkipNote));
}

TEST(MooncakeTraceErrors, OutOfOrder) {
  const TraceFile file(
      R"({"timestamp": 10, "input_length": 3, "output_length": 1}
{"timestamp": 9, "input_length": 3, "output_length": 1})",
      "trace.jsonl");
  EXPECT_EQ(file.error_of(file.mooncake()),
            "trace.jsonl:2:15: error: the arrival is before that of the request above it "
            "[timestamp]\n"
            "    {\"timestamp\": 9, \"input_length\": 3, \"output_length\": 1}\n"
            "                  ^\n"
            "    note: sort the lines by this column: they are replayed as they come\n");
}

TEST(MooncakeTrace, CountsSkippedLines) {
  const TraceFile file(std::string(kMooncakeTwin) + "{\n" + R"({"timestamp": 1e99})" + "\n");
  spec::WorkloadSpec workload = file.mooncake();
  workload.skip_bad_lines = true;
  const auto source = make_source(workload, 1);
  EXPECT_EQ(all_of(*source).size(), 4U);
  EXPECT_EQ(source->skipped_lines(), 2);
}

RC_GTEST_PROP(MooncakeTrace, NeverCrashesOnAnything, (const std::string& text)) {
  const TraceFile file("{\"timestamp\": " + text + "}\n" + text);
  spec::WorkloadSpec workload = file.mooncake();
  workload.skip_bad_lines = *rc::gen::arbitrary<bool>();
  static_cast<void>(file.error_of(workload));
}

TEST(LengthsTrace, ReadsCsvAndJsonLinesAlike) {
  const TraceFile csv("prompt_tokens,output_tokens\n3772,54\n2015,156\n");
  const TraceFile json(
      "\n{\"prompt_tokens\": 3772, \"output_tokens\": 54}\n"
      "{\"prompt_tokens\": 2015, \"output_tokens\": 156}\n");
  const TraceFile vidur("num_prefill_tokens,num_decode_tokens,ratio\n3772,54,1\n2015,156,2\n");
  EXPECT_EQ(all_of(csv.lengths()), all_of(json.lengths()));
  EXPECT_EQ(all_of(csv.lengths()), all_of(vidur.lengths()));
  EXPECT_EQ(all_of(csv.lengths())[1].prompt_tokens, 2015);
}

TEST(LengthsTrace, TakesGeneratedArrivals) {
  const TraceFile file("prompt_tokens,output_tokens\n3772,54\n2015,156\n");
  spec::WorkloadSpec workload = file.as(spec::TraceFormat::Lengths);
  workload.arrivals = arrivals(spec::ArrivalProcess::Constant, 2);
  EXPECT_EQ(all_of(workload)[1].arrival, at_attoseconds(kAttosecondsPerSecond));
}

// The invented twin of BurstGPT_1.csv, whose failed requests have 0 response tokens.
constexpr std::string_view kBurstTwin =
    "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
    "4,ChatGPT,100,0,100,Conversation log\n"
    "5,ChatGPT,472,18,490,Conversation log\n"
    "45,ChatGPT,1087,230,1317,Conversation log\n"
    "118,GPT-4,417,0,417,API log\n"
    "118.25,GPT-4,417,276,693,Conversation log\n";

TEST(BurstGptTrace, LeavesOutFailedRequestsAndCountsThem) {
  const TraceFile file(kBurstTwin);
  const auto source = make_source(file.burstgpt(), 1);
  const auto requests = all_of(*source);
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(source->failed_requests(), 2);
  EXPECT_EQ(source->skipped_lines(), 0);
  EXPECT_EQ(requests[0].arrival, SimTime());
  EXPECT_EQ(requests[1].arrival, at_attoseconds(40 * kAttosecondsPerSecond));
  EXPECT_EQ(requests[2].arrival, at_attoseconds(11'325 * (kAttosecondsPerSecond / 100)));
  EXPECT_EQ(requests[0].prompt_tokens, 472);
  EXPECT_EQ(requests[0].output_tokens, 18);
}

TEST(BurstGptTrace, ReadsTheNewerColumnsToo) {
  const TraceFile file(
      "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log "
      "Type\n5,1,0.7,ChatGPT,472,18,490,Conversation log\n");
  EXPECT_EQ(all_of(file.burstgpt()).size(), 1U);
}

TEST(BurstGptTrace, OnlyFailuresAreNoRequests) {
  const TraceFile file(
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
      "4,ChatGPT,100,0,100,Conversation log\n");
  EXPECT_EQ(file.error_of(file.burstgpt()),
            "trace.csv: error: the trace holds no requests [workload.trace]\n"
            "    note: 1 of its requests failed (0 output tokens)\n");
}

TEST(BurstGptTraceErrors, ResponseTokensThatAreNoNumber) {
  const TraceFile file(
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
      "4,ChatGPT,100,-1,100,Conversation log\n");
  EXPECT_EQ(file.error_of(file.burstgpt()),
            fmt::format("trace.csv:2:15: error: '-1' is not a number of tokens from 1 to 1e9 "
                        "[Response tokens]\n"
                        "    4,ChatGPT,100,-1,100,Conversation log\n"
                        "                  ^\n{}",
                        kSkipNote));
}

TEST(BurstGptTraceErrors, ColumnMissing) {
  const TraceFile file("Timestamp,Model,Request tokens,Total tokens,Log Type\n");
  EXPECT_EQ(file.error_of(file.burstgpt()),
            "trace.csv:1: error: the header has no column 'Response tokens'\n"
            "    Timestamp,Model,Request tokens,Total tokens,Log Type\n"
            "    note: did you mean 'Request tokens'?\n"
            "    note: columns here: Timestamp, Model, Request tokens, Total tokens, Log Type\n"
            "    note: to read it from another column than 'Response tokens': "
            "workload.columns.output_tokens: NAME\n");
}

struct Detected {
  const char* text;
  spec::TraceFormat format;
};

TEST(DetectFormat, KnowsEachFormatByItsFirstLine) {
  const std::vector<Detected> cases = {
      {"TIMESTAMP,ContextTokens,GeneratedTokens\r\n", spec::TraceFormat::Azure},
      {"arrival_s,prompt_tokens,output_tokens\n", spec::TraceFormat::Csv},
      {"Timestamp,Model,Request tokens,Response tokens\n", spec::TraceFormat::Burstgpt},
      {"prompt_tokens,output_tokens\n", spec::TraceFormat::Lengths},
      {"\n {\"timestamp\": 1, \"input_length\": 1, \"output_length\": 1}\n",
       spec::TraceFormat::Mooncake},
      {"{\"created_time\": 1, \"input_tokens\": 1, \"output_tokens\": 1}\n",
       spec::TraceFormat::Mooncake},
      {"{\"prompt_tokens\": 1, \"output_tokens\": 1}\n", spec::TraceFormat::Lengths},
      {"a,b\n", spec::TraceFormat::Csv},
      {"{\"a\": 1}\n", spec::TraceFormat::Mooncake},
  };
  for (const Detected& each : cases) {
    const TraceFile file(each.text);
    EXPECT_EQ(detect_format(file.path()), each.format) << each.text;
  }
}

std::string detection_error(std::string_view text) {
  const TraceFile file(text, "trace.json");
  try {
    static_cast<void>(detect_format(file.path()));
  } catch (const ConfigError& error) {
    return file.without_folder(error.what());
  }
  return {};
}

TEST(DetectFormat, RefusesWhatIsNoTraceOfLengths) {
  EXPECT_EQ(detection_error("{\"conversations\": []}\n"),
            "trace.json: error: the file holds words, not lengths [workload.trace]\n"
            "    note: count the tokens with the model's tokenizer and write prompt_tokens and "
            "output_tokens, one request a line\n");
  EXPECT_EQ(detection_error("{\"date\": 1, \"mean_ttft_ms\": 3}\n"),
            "trace.json: error: the file is the result of a benchmark, not a trace "
            "[workload.trace]\n"
            "    note: write its input_lens and output_lens as columns prompt_tokens and "
            "output_tokens of a CSV file\n");
  EXPECT_EQ(detection_error("[\n{}]\n"),
            "trace.json: error: the trace is a JSON list [workload.trace]\n"
            "    note: write one object per line, without [ ] and commas\n");
  EXPECT_EQ(detection_error(""),
            "trace.json: error: the trace is empty [workload.trace]\n"
            "    note: a CSV trace starts with a line that names its columns\n");
}

}  // namespace
}  // namespace kvsim::workload
