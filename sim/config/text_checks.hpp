// What can be said about YAML text before parsing it: tabs and brackets.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace kvsim::config {

struct TextPlace {
  int line = 0;
  int byte_column = 0;
};

struct Tabs {
  TextPlace first;
  int lines = 0;  ///< how many lines start with one
};
/// Lines whose indentation holds a tab; YAML forbids it and parsers say so obscurely.
[[nodiscard]] std::optional<Tabs> find_tab_indentation(std::string_view text);

struct Bracket {
  char kind = '[';
  TextPlace place;
};
struct BracketScan {
  std::vector<Bracket> open;          ///< not closed at the end of the text, outermost first
  std::optional<TextPlace> too_deep;  ///< where more than `limit` were open for the first time
};
/// Follows brackets outside quotes and comments. An estimate, good enough for a hint.
[[nodiscard]] BracketScan scan_brackets(std::string_view text, std::size_t limit);

}  // namespace kvsim::config
