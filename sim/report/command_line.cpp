#include "sim/report/command_line.hpp"

#include <fmt/format.h>

#include <string_view>

namespace kvsim::report {

std::string shell_word(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

std::string flags_text(const Asked& asked) {
  std::string text;
  for (const std::string& set : asked.sets) {
    text += " --set " + shell_word(set);
  }
  text += fmt::format(" --seed {}", asked.seed);
  if (asked.replicates > 0) {
    text += fmt::format(" --replicates {} --confidence {}", asked.replicates, asked.confidence);
  }
  if (!asked.page.empty()) {
    text += " --template " + shell_word(asked.page);
  }
  return text + (asked.skip_bad_lines ? " --skip-bad-lines" : "");
}

}  // namespace kvsim::report
