// Text to tree: what YAML keeps, and where it stood.
#include "sim/config/yaml_reader.hpp"

#include <gtest/gtest.h>

#include "sim/config/text_checks.hpp"

namespace kvsim::config {
namespace {

Node read(const std::string& text) {
  Faults faults;
  Node tree = read_yaml(make_source("test.yaml", text), faults);
  faults.throw_if_any();
  return tree;
}

TEST(YamlReader, KeepsScalarsAsText) {
  const Node tree = read("a: 010\nb: yes\nc: \"7\"\nd: |\n  8\n");
  EXPECT_EQ(to_text(tree), "{a: 010, b: yes, c: 7, d: 8\n}");
  EXPECT_FALSE(find_entry(tree, "a")->value.quoted);
  EXPECT_TRUE(find_entry(tree, "c")->value.quoted);
  EXPECT_TRUE(find_entry(tree, "d")->value.quoted);
}

TEST(YamlReader, TellsNullFromNothing) {
  const Node tree = read("a:\nb: null\nc: ~\n");
  EXPECT_FALSE(is_unset(find_entry(tree, "a")->value));
  EXPECT_TRUE(is_unset(find_entry(tree, "b")->value));
  EXPECT_TRUE(is_unset(find_entry(tree, "c")->value));
}

TEST(YamlReader, CountsColumnsInCharacters) {
  const Node tree = read("{ä: ö, b: [1, 2]}\n");
  const Entry* entry = find_entry(tree, "b");
  EXPECT_EQ(entry->place.column, 8);
  EXPECT_EQ(entry->value.items[1].place.column, 15);
}

TEST(YamlReader, AcceptsByteOrderMarksAndCarriageReturns) {
  EXPECT_EQ(to_text(read("\xef\xbb\xbf"
                         "a: 1\r\nb: 2\r\n")),
            "{a: 1, b: 2}");
}

TEST(YamlReader, CopiesAliasesAndRemembersThem) {
  const Node tree = read("a: &x {b: 1}\nc: *x\n");
  EXPECT_EQ(to_text(tree), "{a: {b: 1}, c: {b: 1}}");
  const Node& copy = find_path(tree, "c.b")->value;
  EXPECT_EQ(copy.place.line, 1);
  EXPECT_EQ(copy.place.via, "*x at line 2");
}

TEST(TextChecks, FindTheBracketThatIsNotClosed) {
  const BracketScan scan = scan_brackets("a: it's [fine\nb: ['(]', \"]\", # ]\n  {c: 1}\n", 64);
  ASSERT_EQ(scan.open.size(), 1U);
  EXPECT_EQ(scan.open[0].place.line, 2);
  EXPECT_EQ(scan.open[0].place.byte_column, 4);
}

TEST(TextChecks, LeaveTabsAloneThatIndentNothing) {
  EXPECT_FALSE(find_tab_indentation("a: 1\t# x\n\t# only a comment\n\t\nb: 2\n"));
  EXPECT_EQ(find_tab_indentation("a:\n \tb: 1\n")->first.byte_column, 2);
}

}  // namespace
}  // namespace kvsim::config
