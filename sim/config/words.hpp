// Small helpers for messages: lists of words and guesses at what was meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim::config {

[[nodiscard]] std::string lower_case(std::string_view text);
[[nodiscard]] std::string comma_list(const std::vector<std::string>& words);
/// The word that was probably meant; upper and lower case are alike.
[[nodiscard]] std::optional<std::string> guess_word(std::string_view typed,
                                                    const std::vector<std::string>& words);
/// The notes for a word that is none of `words`: a guess if there is one, then the list.
[[nodiscard]] std::vector<std::string> way_out(std::string_view typed,
                                               const std::vector<std::string>& words);

}  // namespace kvsim::config
