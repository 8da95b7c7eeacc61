// From block ids to stretches: JSON lines and CSV.
#include <gtest/gtest.h>

#include "trace_file.hpp"

namespace kvsim::workload {
namespace {

using Stretches = std::vector<spec::Stretch>;

constexpr std::uint64_t kPrivate0 = spec::private_stretch(0);
constexpr std::uint64_t kPrivate1 = spec::private_stretch(1);

Stretches stretches_of(const Request& request) {
  return request.content == nullptr ? Stretches{} : request.content->stretches;
}

std::string line_of(std::int64_t prompt, const std::string& ids) {
  return R"({"timestamp": 0, "input_length": )" + std::to_string(prompt) +
         R"(, "output_length": 7, "hash_ids": [)" + ids + "]}\n";
}

// 1200 = 512 + 512 + 176, then an answer of 7.
TEST(TraceContent, AnIdStandsForABlockOrWhatIsLeft) {
  const TraceFile file(line_of(1200, "4, 5, 6") + line_of(1024, "4, 9"));
  const auto requests = all_of(file.mooncake());
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(stretches_of(requests[0]), (Stretches{{4, 512}, {5, 512}, {6, 176}, {kPrivate0, 7}}));
  EXPECT_EQ(stretches_of(requests[1]), (Stretches{{4, 512}, {9, 512}, {kPrivate1, 7}}));
  EXPECT_FALSE(requests[0].content->answer_returns);
}

// floor(1200 / 512) = 2: the last 176 tokens have no id, so nobody else has them.
TEST(TraceContent, TheRestOfAPromptMayHaveNoId) {
  const TraceFile file(line_of(1200, "4, 5") + line_of(100, ""));
  const auto requests = all_of(file.mooncake());
  EXPECT_EQ(stretches_of(requests[0]), (Stretches{{4, 512}, {5, 512}, {kPrivate0, 176 + 7}}));
  EXPECT_EQ(requests[1].content, nullptr);
}

TEST(TraceContent, BlocksHaveTheSizeThatTheStudySays) {
  const TraceFile file(line_of(40, "4, 5, 6"));
  spec::WorkloadSpec workload = file.mooncake();
  workload.hash_block_size = 16;
  EXPECT_EQ(stretches_of(all_of(workload).at(0)),
            (Stretches{{4, 16}, {5, 16}, {6, 8}, {kPrivate0, 7}}));
}

TEST(TraceContentErrors, TooManyIdsNameTheKeyToChange) {
  const TraceFile file(line_of(1200, "4, 5, 6, 7"));
  EXPECT_EQ(file.error_of(file.mooncake()),
            "trace.csv:1:72: error: a prompt of 1200 tokens with 4 block ids; at 512 tokens an id "
            "it has 3, or 2 without the last, which is not full [hash_ids]\n"
            "    {\"timestamp\": 0, \"input_length\": 1200, \"output_length\": 7, \"hash_ids\": "
            "[4, 5, 6, 7]}\n"
            "                                                                           ^\n"
            "    note: if an id stands for another number of tokens: workload.hash_block_size: N "
            "(--hash-block-size)\n"
            "    note: to count such lines instead of stopping: workload.skip_bad_lines: true "
            "(--skip-bad-lines)\n");
}

constexpr std::string_view kCsv =
    "arrival_s,prompt_tokens,output_tokens,hash_ids\n"
    "0,600,7,4 5\n"
    "1,600,7,\"18446744073709551615; -9007199254740993\"\n"
    "2,600,7,\n"
    "3,1200,7,4|5 | 6\n";

TEST(TraceContent, OfCsvIsReadFromOneColumn) {
  const TraceFile file(kCsv);
  const auto requests = all_of(file.csv());
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(stretches_of(requests[0]), (Stretches{{4, 512}, {5, 88}, {kPrivate0, 7}}));
  // -9007199254740993 has the bits of 2^64 - (2^53 + 1).
  EXPECT_EQ(stretches_of(requests[1]), (Stretches{{18'446'744'073'709'551'615U, 512},
                                                  {18'437'736'874'454'810'623U, 88},
                                                  {kPrivate1, 7}}));
  EXPECT_EQ(requests[2].content, nullptr);
  EXPECT_EQ(stretches_of(requests[3]),
            (Stretches{{4, 512}, {5, 512}, {6, 176}, {spec::private_stretch(3), 7}}));
}

TEST(TraceContent, OfCsvMayStandInAnotherColumnOrNowhere) {
  const TraceFile file("prompt_tokens,output_tokens,blocks\n600,7,4 5\n");
  spec::WorkloadSpec workload = file.lengths();
  EXPECT_EQ(all_of(workload).at(0).content, nullptr);
  workload.columns.hash_ids = "blocks";
  EXPECT_EQ(stretches_of(all_of(workload).at(0)), (Stretches{{4, 512}, {5, 88}, {kPrivate0, 7}}));
  workload.columns.hash_ids = "block";
  EXPECT_EQ(file.error_of(workload),
            "trace.csv:1: error: the header has no column 'block'\n"
            "    prompt_tokens,output_tokens,blocks\n"
            "    note: did you mean 'blocks'?\n"
            "    note: columns here: prompt_tokens, output_tokens, blocks\n"
            "    note: to read it from another column than 'block': workload.columns.hash_ids: "
            "NAME\n");
}

TEST(TraceContentErrors, ABadIdIsToldAtItsPlace) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens,hash_ids\n0,600,7,4 five\n");
  EXPECT_EQ(file.error_of(file.csv()),
            "trace.csv:2:11: error: 'five' is not a block id, a whole number of 64 bits "
            "[hash_ids]\n"
            "    0,600,7,4 five\n"
            "              ^\n"
            "    note: ids stand between blanks, semicolons or bars: 17 18 19\n"
            "    note: to count such lines instead of stopping: workload.skip_bad_lines: true "
            "(--skip-bad-lines)\n");
}

// 10 000 ids of 19 digits: a line of 200 kB.
TEST(TraceContent, ALineOfCsvWithIdsMayBeLong) {
  std::string ids;
  for (std::int64_t i = 0; i < 10'000; ++i) {
    ids += std::to_string(8'000'000'000'000'000'000 + i) + " ";
  }
  const TraceFile file("arrival_s,prompt_tokens,output_tokens,hash_ids\n0,160000,7," + ids + "\n");
  spec::WorkloadSpec workload = file.csv();
  workload.hash_block_size = 16;
  const Stretches stretches = stretches_of(all_of(workload).at(0));
  ASSERT_EQ(stretches.size(), 10'001U);
  EXPECT_EQ(stretches[9'999], (spec::Stretch{8'000'000'000'000'009'999, 16}));
}

}  // namespace
}  // namespace kvsim::workload
