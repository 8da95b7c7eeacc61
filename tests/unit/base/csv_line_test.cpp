#include "sim/base/csv_line.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace kvsim {
namespace {

std::vector<std::string> texts(std::string_view line) {
  std::vector<CsvField> fields;
  EXPECT_FALSE(split_csv(line, fields).has_value()) << line;
  std::vector<std::string> result;
  for (const CsvField& field : fields) {
    result.emplace_back(field.text);
  }
  return result;
}

using Texts = std::vector<std::string>;

TEST(SplitCsv, SplitsAtCommas) {
  EXPECT_EQ(texts("a,b,c"), (Texts{"a", "b", "c"}));
  EXPECT_EQ(texts("a,,"), (Texts{"a", "", ""}));
  EXPECT_EQ(texts(""), (Texts{""}));
}

TEST(SplitCsv, DropsBlanksAroundFieldsOnly) {
  EXPECT_EQ(texts(" a ,\tb c , "), (Texts{"a", "b c", ""}));
}

TEST(SplitCsv, QuotedFieldsMayHoldCommasAndQuotes) {
  EXPECT_EQ(texts(R"("a,b" , "" ,"say ""hi""")"), (Texts{"a,b", "", R"(say ""hi"")"}));
}

TEST(SplitCsv, ColumnsPointAtTheText) {
  std::vector<CsvField> fields;
  ASSERT_FALSE(split_csv(R"(ab, cd,"ef")", fields).has_value());
  EXPECT_EQ(fields[0].column, 1);
  EXPECT_EQ(fields[1].column, 5);
  EXPECT_EQ(fields[2].column, 9);
}

TEST(SplitCsv, SaysWhatIsWrongWithQuotes) {
  std::vector<CsvField> fields;
  const auto open = split_csv(R"(a,"b)", fields);
  ASSERT_TRUE(open.has_value());
  EXPECT_EQ(open->message, "the quote is not closed on this line");
  EXPECT_EQ(open->column, 3);
  const auto after = split_csv(R"("a"b,c)", fields);
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(after->message, "expected a comma after the closing quote");
  EXPECT_EQ(after->column, 4);
}

RC_GTEST_PROP(SplitCsv, HasOneFieldMoreThanCommasAndNeverReadsBeyondTheLine,
              (const std::string& text)) {
  std::vector<CsvField> fields;
  const auto fault = split_csv(text, fields);
  if (text.find('"') == std::string::npos) {
    RC_ASSERT(!fault.has_value());
    RC_ASSERT(fields.size() ==
              1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')));
  }
  for (const CsvField& field : fields) {
    RC_ASSERT(field.text.data() >= text.data());
    RC_ASSERT(field.text.data() + field.text.size() <= text.data() + text.size());
  }
}

}  // namespace
}  // namespace kvsim
