#include "sim/config/text_checks.hpp"

#include <algorithm>

namespace kvsim::config {
namespace {

class BracketScanner {
 public:
  BracketScanner(std::string_view text, std::size_t limit) : text_(text), limit_(limit) {}

  BracketScan run() {
    for (at_ = 0; at_ < text_.size() && !scan_.too_deep; ++at_) {
      step(text_[at_]);
    }
    return scan_;
  }

 private:
  void step(char c) {
    ++column_;
    if (c == '\n') {
      ++line_;
      column_ = 0;
      in_comment_ = false;
      before_ = scan_.open.empty() ? '\n' : before_;
    } else if (in_comment_ || step_quoted(c)) {
      return;
    } else if (c == '#' && (at_ == 0 || text_[at_ - 1] == ' ' || text_[at_ - 1] == '\n')) {
      in_comment_ = true;
    } else if (c != ' ' && c != '\r' && c != '\t') {
      step_plain(c);
      before_ = c;
    }
  }

  bool step_quoted(char c) {
    if (quote_ == 0) {
      return false;
    }
    if (quote_ == '"' && c == '\\') {
      ++at_;
      ++column_;
    } else if (c == quote_) {
      quote_ = 0;
    }
    return true;
  }

  void step_plain(char c) {
    const bool starts_value = std::string_view("\n:,-?[{").find(before_) != std::string_view::npos;
    const bool in_flow = !scan_.open.empty();
    if ((c == '"' || c == '\'') && starts_value) {
      quote_ = c;
    } else if ((c == '[' || c == '{') && (in_flow || starts_value)) {
      scan_.open.push_back({c, {line_, column_}});
      if (scan_.open.size() > limit_) {
        scan_.too_deep = scan_.open.back().place;
      }
    } else if ((c == ']' || c == '}') && in_flow) {
      scan_.open.pop_back();
    }
  }

  std::string_view text_;
  std::size_t limit_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 0;
  char quote_ = 0;
  char before_ = '\n';  // last character that was not a blank
  bool in_comment_ = false;
  BracketScan scan_;
};

}  // namespace

std::optional<Tabs> find_tab_indentation(std::string_view text) {
  std::optional<Tabs> tabs;
  int line = 1;
  for (std::size_t start = 0; start < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view whole = text.substr(start, end - start);
    const std::size_t first_text = whole.find_first_not_of(" \t\r");
    const std::size_t tab = whole.find('\t');
    if (first_text != std::string_view::npos && whole[first_text] != '#' && tab < first_text) {
      tabs = tabs.value_or(Tabs{{line, static_cast<int>(tab) + 1}, 0});
      ++tabs->lines;
    }
    start = end + 1;
  }
  return tabs;
}

BracketScan scan_brackets(std::string_view text, std::size_t limit) {
  return BracketScanner(text, limit).run();
}

}  // namespace kvsim::config
