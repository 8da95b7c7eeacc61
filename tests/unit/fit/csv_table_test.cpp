#include "calibration/fit/csv_table.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>

namespace kvsim::fit {
namespace {

CsvTable table_of(std::string text) { return CsvTable::parse(std::move(text), "t.csv"); }

std::vector<double> values(const Eigen::VectorXd& numbers) {
  return {numbers.begin(), numbers.end()};
}

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "nothing was refused";
}

std::string refusal_of(const std::string& text) {
  return refusal([&] { table_of(text); });
}

const std::string kTable =
    "stack,batch,latency_us\n"
    "vllm-0.24.0,32,11.269\n"
    "sglang-0.5.14,1,1.2e2\n";

TEST(CsvTable, ReadsColumnsByName) {
  const CsvTable table = table_of(kTable);
  EXPECT_EQ(table.rows(), 2);
  EXPECT_EQ(table.columns(), (std::vector<std::string>{"stack", "batch", "latency_us"}));
  EXPECT_EQ(table.texts("stack"), (std::vector<std::string>{"vllm-0.24.0", "sglang-0.5.14"}));
  EXPECT_EQ(values(table.numbers("batch")), (std::vector<double>{32, 1}));
  EXPECT_EQ(values(table.positive_numbers("latency_us")), (std::vector<double>{11.269, 120}));
  EXPECT_TRUE(table.has("batch"));
  EXPECT_FALSE(table.has("Batch"));
}

TEST(CsvTable, AcceptsQuotesCrlfByteOrderMarkBlanksAndNoLastLineEnd) {
  const CsvTable table = table_of(
      "\xef\xbb\xbf\"model, full\", x \r\n"
      "\"a,b\" ,\"-1.5\"\r\n"
      "\"say \"\"hi\"\"\",\t2");
  EXPECT_EQ(table.columns(), (std::vector<std::string>{"model, full", "x"}));
  EXPECT_EQ(table.texts("model, full"), (std::vector<std::string>{"a,b", "say \"hi\""}));
  EXPECT_EQ(values(table.numbers("x")), (std::vector<double>{-1.5, 2}));
}

TEST(CsvTable, AnEmptyTextIsAText) {
  EXPECT_EQ(table_of("a,b\n,1\n").texts("a"), (std::vector<std::string>{""}));
}

TEST(CsvTable, SurvivesBeingMovedWhileShort) {
  CsvTable table = table_of("a\n7\n");
  const CsvTable moved = std::move(table);
  EXPECT_EQ(values(moved.numbers("a")), (std::vector<double>{7}));
}

TEST(CsvTable, RefusesAMissingColumnWithAGuess) {
  const CsvTable table = table_of(kTable);
  EXPECT_EQ(refusal([&] { static_cast<void>(table.numbers("latency_ms")); }),
            "t.csv:1:1: error: the table has no column 'latency_ms'\n"
            "    stack,batch,latency_us\n"
            "    ^\n"
            "    note: did you mean 'latency_us'?\n"
            "    note: columns here: stack, batch, latency_us\n");
}

TEST(CsvTable, NamesAllMissingColumnsAtOnce) {
  const CsvTable table = table_of(kTable);
  const std::array<std::string_view, 3> wanted = {"heads", "batch", "kv_dtype"};
  EXPECT_EQ(refusal([&] { table.require(wanted); }),
            "t.csv:1:1: error: the table has no column 'heads'\n"
            "    stack,batch,latency_us\n"
            "    ^\n"
            "    note: columns here: stack, batch, latency_us\n"
            "t.csv:1:1: error: the table has no column 'kv_dtype'\n"
            "    stack,batch,latency_us\n"
            "    ^\n"
            "    note: columns here: stack, batch, latency_us\n");
}

TEST(CsvTable, RefusesRaggedEmptyAndBadlyQuotedLinesInOnePass) {
  EXPECT_EQ(refusal_of("a,b\n1\n1,2\n1,2,3\n\n\"1,2\n\"1\"x,2\n"),
            "t.csv:2:1: error: the line has 1 field, the header 2\n"
            "    1\n"
            "    ^\n"
            "t.csv:4:1: error: the line has 3 fields, the header 2\n"
            "    1,2,3\n"
            "    ^\n"
            "t.csv:5:1: error: the line is empty\n"
            "t.csv:6:1: error: the quote is not closed on this line\n"
            "    \"1,2\n"
            "    ^\n"
            "t.csv:7:4: error: expected a comma after the closing quote\n"
            "    \"1\"x,2\n"
            "       ^\n");
}

TEST(CsvTable, RefusesValuesThatAreNotNumbers) {
  const CsvTable table =
      table_of("k,x\nä,abc\nb,nan\nc,inf\nd,0x10\ne,\nf,1.5us\ng,\"1,5\"\nh,1e999\ni,+1\n");
  EXPECT_EQ(refusal([&] { static_cast<void>(table.numbers("x")); }),
            "t.csv:2:3: error: 'abc' is not a number [x]\n"
            "    ä,abc\n"
            "      ^\n"
            "t.csv:3:3: error: 'nan' is not a number [x]\n"
            "    b,nan\n"
            "      ^\n"
            "t.csv:4:3: error: 'inf' is not a number [x]\n"
            "    c,inf\n"
            "      ^\n"
            "t.csv:5:3: error: '0x10' is not a number [x]\n"
            "    d,0x10\n"
            "      ^\n"
            "t.csv:6:3: error: the value is missing [x]\n"
            "    e,\n"
            "      ^\n"
            "t.csv:7:3: error: '1.5us' is not a number [x]\n"
            "    f,1.5us\n"
            "      ^\n"
            "t.csv:8:4: error: '1,5' is not a number [x]\n"
            "    g,\"1,5\"\n"
            "       ^\n"
            "t.csv:9:3: error: '1e999' is not a number [x]\n"
            "    h,1e999\n"
            "      ^\n"
            "t.csv:10:3: error: '+1' is not a number [x]\n"
            "    i,+1\n"
            "      ^\n");
}

TEST(CsvTable, RefusesTimesThatAreNotAboveZero) {
  const CsvTable table = table_of("t\n1\n0\n-3\n");
  EXPECT_EQ(refusal([&] { static_cast<void>(table.positive_numbers("t")); }),
            "t.csv:3:1: error: '0' is not above zero [t]\n"
            "    0\n"
            "    ^\n"
            "t.csv:4:1: error: '-3' is not above zero [t]\n"
            "    -3\n"
            "    ^\n");
  EXPECT_EQ(values(table.numbers("t")), (std::vector<double>{1, 0, -3}));
}

TEST(CsvTable, ShowsTheFirstOfManyWrongLinesAndCountsTheRest) {
  std::string text = "t\n";
  for (int i = 0; i < 2000; ++i) {
    text += "x\n";
  }
  const CsvTable table = table_of(text);
  const std::string shown = refusal([&] { static_cast<void>(table.numbers("t")); });
  const std::string end =
      "t.csv:11:1: error: 'x' is not a number [t]\n"
      "    x\n"
      "    ^\n"
      "    note: 1 990 more lines of this table are wrong\n";
  EXPECT_TRUE(shown.ends_with(end)) << shown;
}

TEST(CsvTable, RefusesHeadersThatCannotBeUsed) {
  EXPECT_EQ(refusal_of("a,b,a\n1,2,3\n"),
            "t.csv:1:5: error: the header has the column 'a' twice\n"
            "    a,b,a\n"
            "        ^\n");
  EXPECT_EQ(refusal_of("a,,b\n1,2,3\n"),
            "t.csv:1:3: error: a column has no name\n"
            "    a,,b\n"
            "      ^\n");
}

TEST(CsvTable, RefusesWhatIsNoTable) {
  EXPECT_EQ(refusal_of(""),
            "t.csv: error: the table is empty\n"
            "    note: its first line names the columns\n");
  EXPECT_EQ(refusal_of("a,b\n"),
            "t.csv: error: the table has a header but no rows\n"
            "    note: one measured case per line\n");
  EXPECT_EQ(refusal_of(std::string("PAR1\0\0", 6)),
            "t.csv: error: the table is not text (it holds bytes of value 0)\n"
            "    note: unpack it, or write it as CSV first\n");
  EXPECT_EQ(refusal([] { static_cast<void>(CsvTable::load("no/such.csv")); }),
            "no/such.csv: error: the table does not exist\n"
            "    note: paths are relative to the current folder\n");
  EXPECT_EQ(refusal([] { static_cast<void>(CsvTable::load("/")); }),
            "/: error: the table is a directory\n"
            "    note: name the file in it\n");
}

TEST(CsvTable, LoadsAFileOfTheUsualSize) {
  const auto path = std::filesystem::temp_directory_path() / "kvsim_csv_table_test.csv";
  {
    std::ofstream file(path);
    file << "a,b,c,d,e,f,g,h,i,j,k,l\n";
    for (int row = 1; row <= 50'000; ++row) {
      file << row << ",2,3,4,5,6,7,8,9,10,11,0.5\n";
    }
  }
  const CsvTable table = CsvTable::load(path.string());
  EXPECT_EQ(table.rows(), 50'000);
  EXPECT_EQ(table.numbers("a")[49'999], 50'000);
  EXPECT_EQ(table.positive_numbers("l").sum(), 25'000);
  std::filesystem::remove(path);
}

RC_GTEST_PROP(CsvTable, ReadsWhatWasWrittenOrRefusesIt, (const std::string& text)) {
  try {
    const CsvTable table = table_of(text);
    for (const std::string& column : table.columns()) {
      RC_ASSERT(table.texts(column).size() == static_cast<std::size_t>(table.rows()));
    }
  } catch (const ConfigError& error) {
    RC_ASSERT(!error.diagnostics().empty());
  }
}

}  // namespace
}  // namespace kvsim::fit
