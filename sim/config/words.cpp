#include "sim/config/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "sim/base/spelling.hpp"

namespace kvsim::config {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return lower;
}

std::string comma_list(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::optional<std::string> guess_word(std::string_view typed,
                                      const std::vector<std::string>& words) {
  const std::string lower = lower_case(typed);
  for (const std::string& word : words) {
    if (lower_case(word) == lower) {
      return word;
    }
  }
  return nearest_word(lower, words);
}

std::vector<std::string> way_out(std::string_view typed, const std::vector<std::string>& words) {
  std::vector<std::string> notes;
  if (const auto guess = guess_word(typed, words)) {
    notes.push_back(fmt::format("did you mean '{}'?", *guess));
  }
  notes.push_back("known here: " + comma_list(words));
  return notes;
}

}  // namespace kvsim::config
