// Whole texts of what a reader of a broken trace is told.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "trace_file.hpp"
#include "workloads.hpp"

namespace kvsim::workload {
namespace {

std::string error_of_csv(std::string_view content) {
  const TraceFile file(content);
  return file.error_of(file.csv());
}

std::string error_of_line(std::string_view line) {
  return error_of_csv(fmt::format("arrival_s,prompt_tokens,output_tokens\n1,2,3\n{}\n", line));
}

std::string error_of_azure(std::string_view content) {
  const TraceFile file(content);
  return file.error_of(file.azure());
}

TEST(TraceErrors, TooFewFields) {
  EXPECT_EQ(error_of_line("4,5"),
            fmt::format("trace.csv:3: error: the line has 2 fields, the header 3\n"
                        "    4,5\n{}",
                        kSkipNote));
}

TEST(TraceErrors, TooManyFields) {
  EXPECT_EQ(error_of_line("4,5,6,7"),
            fmt::format("trace.csv:3: error: the line has 4 fields, the header 3\n"
                        "    4,5,6,7\n{}",
                        kSkipNote));
}

TEST(TraceErrors, TokensThatAreNoWholeNumber) {
  EXPECT_EQ(error_of_line("4,5,12.5"),
            fmt::format("trace.csv:3:5: error: '12.5' is not a number of tokens from 1 to 1e9 "
                        "[output_tokens]\n"
                        "    4,5,12.5\n"
                        "        ^\n{}",
                        kSkipNote));
}

TEST(TraceErrors, EmptyTokens) {
  EXPECT_EQ(error_of_line("4, ,6"),
            fmt::format("trace.csv:3:4: error: '' is not a number of tokens from 1 to 1e9 "
                        "[prompt_tokens]\n"
                        "    4, ,6\n"
                        "       ^\n{}",
                        kSkipNote));
}

TEST(TraceErrors, ZeroTokens) {
  EXPECT_EQ(error_of_line("4,5,0"),
            fmt::format("trace.csv:3:5: error: a request needs at least one token [output_tokens]\n"
                        "    4,5,0\n"
                        "        ^\n{}",
                        kSkipNote));
  EXPECT_EQ(error_of_line("4,0,6"),
            fmt::format("trace.csv:3:3: error: a request needs at least one token [prompt_tokens]\n"
                        "    4,0,6\n"
                        "      ^\n{}",
                        kSkipNote));
}

TEST(TraceErrors, ArrivalThatIsNoTime) {
  EXPECT_EQ(error_of_line("soon,5,6"),
            fmt::format("trace.csv:3:1: error: 'soon' is not a time in seconds like 46.68 "
                        "[arrival_s]\n"
                        "    soon,5,6\n"
                        "    ^\n{}",
                        kSkipNote));
}

TEST(TraceErrors, ArrivalThatIsATimestamp) {
  EXPECT_EQ(error_of_line("2023-11-16 18:15:46,5,6"),
            fmt::format("trace.csv:3:1: error: '2023-11-16 18:15:46' is not a time in seconds like "
                        "46.68 [arrival_s]\n"
                        "    2023-11-16 18:15:46,5,6\n"
                        "    ^\n"
                        "    note: for timestamps: workload.columns.arrival_unit: timestamp\n{}",
                        kSkipNote));
}

TEST(TraceErrors, ArrivalBeforeTheStart) {
  EXPECT_EQ(error_of_csv("arrival_s,prompt_tokens,output_tokens\n-1,2,3\n"),
            fmt::format("trace.csv:2:1: error: the arrival is before the start of the run "
                        "[arrival_s]\n"
                        "    -1,2,3\n"
                        "    ^\n"
                        "    note: times in s and ms count from the start of the run\n{}",
                        kSkipNote));
}

TEST(TraceErrors, SecondsCountedSince1970) {
  EXPECT_EQ(error_of_csv("arrival_s,prompt_tokens,output_tokens\n1700158546.68,374,44\n"),
            fmt::format("trace.csv:2:1: error: the arrival is more than three years after the "
                        "start of the run [arrival_s]\n"
                        "    1700158546.68,374,44\n"
                        "    ^\n"
                        "    note: times in s and ms count from the start of the run: subtract the "
                        "first one from all\n{}",
                        kSkipNote));
}

TEST(TraceErrors, TimestampYearsAfterTheFirst) {
  EXPECT_EQ(
      error_of_azure("TIMESTAMP,ContextTokens,GeneratedTokens\n"
                     "2023-11-16 18:15:46.6805900,374,44\n"
                     "2203-11-16 18:15:50.9951690,396,109\n"),
      fmt::format("trace.csv:3:1: error: the arrival is more than three years after the first "
                  "one [TIMESTAMP]\n"
                  "    2203-11-16 18:15:50.9951690,396,109\n"
                  "    ^\n{}",
                  kSkipNote));
}

TEST(TraceErrors, TimestampOffTheCalendar) {
  EXPECT_EQ(error_of_azure("TIMESTAMP,ContextTokens,GeneratedTokens\r\n"
                           "2023-02-29 18:15:46.6805900,374,44\r\n"),
            fmt::format("trace.csv:2:1: error: '2023-02-29 18:15:46.6805900' is not a timestamp "
                        "like 2023-11-16 18:15:46.6805900 [TIMESTAMP]\n"
                        "    2023-02-29 18:15:46.6805900,374,44\n"
                        "    ^\n{}",
                        kSkipNote));
}

TEST(TraceErrors, OpenQuote) {
  EXPECT_EQ(error_of_line("4,\"5,6"),
            fmt::format("trace.csv:3:3: error: the quote is not closed on this line\n"
                        "    4,\"5,6\n"
                        "      ^\n{}",
                        kSkipNote));
}

constexpr std::string_view kOutOfOrder =
    "arrival_s,prompt_tokens,output_tokens\n1,2,3\n2,2,3\n1.5,2,3\n";

TEST(TraceErrors, OutOfOrder) {
  EXPECT_EQ(error_of_csv(kOutOfOrder),
            "trace.csv:4:1: error: the arrival is before that of the request above it "
            "[arrival_s]\n"
            "    1.5,2,3\n"
            "    ^\n"
            "    note: sort the lines by this column: they are replayed as they come\n");
}

// Skipping would drop half of a shuffled file without a word.
TEST(TraceErrors, OutOfOrderIsNotSkipped) {
  const TraceFile file(kOutOfOrder);
  spec::WorkloadSpec workload = file.csv();
  workload.skip_bad_lines = true;
  EXPECT_NE(file.error_of(workload).find("sort the lines"), std::string::npos);
}

TEST(TraceErrors, SeveralLinesAreReportedTogether) {
  const std::string text =
      error_of_csv("arrival_s,prompt_tokens,output_tokens\n1,2,x\n2,2,3\n3,0,3\n4,2,3\n5,2\n");
  for (const char* place : {"trace.csv:2:5: error", "trace.csv:4:3: error", "trace.csv:6: error"}) {
    EXPECT_NE(text.find(place), std::string::npos) << text;
  }
}

TEST(TraceErrors, NoMoreThanTenLinesAreReported) {
  std::string content = "arrival_s,prompt_tokens,output_tokens\n";
  for (int i = 0; i < 100; ++i) {
    content += "x,1,1\n";
  }
  const TraceFile file(content);
  try {
    static_cast<void>(make_source(file.csv(), 1));
    FAIL() << "not refused";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.diagnostics().size(), 10U);
  }
}

TEST(TraceErrors, ColumnWithATypo) {
  EXPECT_EQ(error_of_csv("arrivals,prompt_tokens,output_tokens\n1,2,3\n"),
            "trace.csv:1: error: the header has no column 'arrival_s'\n"
            "    arrivals,prompt_tokens,output_tokens\n"
            "    note: did you mean 'arrivals'?\n"
            "    note: columns here: arrivals, prompt_tokens, output_tokens\n"
            "    note: to read it from another column than 'arrival_s': workload.columns.arrival: "
            "NAME\n"
            "    note: for a trace of lengths only, generate the arrivals: workload.arrivals\n");
}

TEST(TraceErrors, SeveralColumnsMissing) {
  EXPECT_EQ(error_of_csv("arrival_s,in,out\n1,2,3\n"),
            "trace.csv:1: error: the header has no column 'prompt_tokens'\n"
            "    arrival_s,in,out\n"
            "    note: columns here: arrival_s, in, out\n"
            "    note: to read it from another column than 'prompt_tokens': "
            "workload.columns.prompt_tokens: NAME\n"
            "trace.csv:1: error: the header has no column 'output_tokens'\n"
            "    arrival_s,in,out\n"
            "    note: columns here: arrival_s, in, out\n"
            "    note: to read it from another column than 'output_tokens': "
            "workload.columns.output_tokens: NAME\n");
}

TEST(TraceErrors, ColumnTwice) {
  EXPECT_EQ(error_of_csv("arrival_s,prompt_tokens,prompt_tokens,output_tokens\n1,2,3,4\n"),
            "trace.csv:1:25: error: the header has the column 'prompt_tokens' twice\n"
            "    arrival_s,prompt_tokens,prompt_tokens,output_tokens\n"
            "                            ^\n"
            "    note: rename one of the two\n");
}

TEST(TraceErrors, AzureTraceReadAsCsv) {
  const std::string text =
      error_of_csv("TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 18:15:46,374,44\r\n");
  EXPECT_NE(text.find("note: these are the columns of another format: workload.format: azure\n"),
            std::string::npos)
      << text;
}

TEST(TraceErrors, CsvReadAsAzureTrace) {
  const TraceFile file("TIMESTAMP,prompt,GeneratedTokens\n");
  EXPECT_EQ(file.error_of(file.azure()),
            "trace.csv:1: error: the header has no column 'ContextTokens'\n"
            "    TIMESTAMP,prompt,GeneratedTokens\n"
            "    note: columns here: TIMESTAMP, prompt, GeneratedTokens\n"
            "    note: to read it from another column than 'ContextTokens': "
            "workload.columns.prompt_tokens: NAME\n");
}

TEST(TraceErrors, NoHeaderAtAll) {
  const std::string text = error_of_csv("0.5,374,44\n0.7,20,30\n");
  EXPECT_NE(text.find("note: the first line must name the columns\n"), std::string::npos) << text;
}

TEST(TraceErrors, OtherSeparators) {
  const std::string text = error_of_csv("arrival_s;prompt_tokens;output_tokens\n1;2;3\n");
  EXPECT_NE(text.find("note: columns must be separated by commas\n"), std::string::npos) << text;
}

TEST(TraceErrors, EmptyFile) {
  EXPECT_EQ(error_of_csv(""),
            "trace.csv: error: the trace is empty [workload.trace]\n"
            "    note: its first line names the columns\n");
}

TEST(TraceErrors, HeaderOnly) {
  EXPECT_EQ(error_of_csv("arrival_s,prompt_tokens,output_tokens\n"),
            "trace.csv: error: the trace holds no requests [workload.trace]\n"
            "    note: there must be a line for each request\n");
}

TEST(TraceErrors, NothingLeftAfterSkipping) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens\n1,0,1\n2,1,0\n");
  spec::WorkloadSpec workload = file.csv();
  workload.skip_bad_lines = true;
  EXPECT_EQ(file.error_of(workload),
            "trace.csv: error: the trace holds no requests [workload.trace]\n"
            "    note: all of its 2 lines were skipped as malformed; set workload.skip_bad_lines: "
            "false to see why\n");
}

TEST(TraceErrors, MissingFile) {
  spec::WorkloadSpec workload;
  const TraceFile file("");
  workload.trace = file.folder() + "/azure_2032_conv.csv";
  EXPECT_EQ(file.error_of(workload),
            "azure_2032_conv.csv: error: the trace does not exist [workload.trace]\n"
            "    note: paths are relative to the folder of the study\n");
}

TEST(TraceErrors, Directory) {
  const TraceFile file("");
  spec::WorkloadSpec workload;
  workload.trace = file.folder() + "/.";
  EXPECT_EQ(file.error_of(workload),
            ".: error: the trace is a directory [workload.trace]\n"
            "    note: name the file in it\n");
}

TEST(TraceErrors, GzipFile) {
  const TraceFile file(std::string_view("\x1f\x8b\x08\0\0\0", 6), "trace.csv.gz");
  EXPECT_EQ(file.error_of(file.csv()),
            "trace.csv.gz: error: the trace is compressed with gzip [workload.trace]\n"
            "    note: unpack it first: gunzip --keep FILE\n");
}

TEST(TraceErrors, BinaryFile) {
  EXPECT_EQ(error_of_csv(std::string_view("arrival_s\0prompt_tokens\n", 24)),
            "trace.csv: error: the trace is not a text file (it holds bytes of value 0) "
            "[workload.trace]\n"
            "    note: traces are CSV or JSON lines in ASCII or UTF-8\n");
}

TEST(TraceErrors, EndlessLine) {
  EXPECT_EQ(error_of_csv(std::string(100'000, 'x')),
            "trace.csv: error: line 1 is longer than 65536 characters [workload.trace]\n"
            "    note: a trace has one request per line\n");
}

TEST(TraceErrors, SpeedupBeyondReach) {
  const TraceFile file("arrival_s,prompt_tokens,output_tokens\n1,1,1\n");
  spec::WorkloadSpec workload = file.csv();
  workload.speedup = 1e-9;
  EXPECT_EQ(file.error_of(workload),
            "error: a speedup of 1e-09 cannot be simulated [workload.speedup]\n"
            "    note: speedups from 1e-6 to 1e12 can\n");
}

}  // namespace
}  // namespace kvsim::workload
