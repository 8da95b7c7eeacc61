// "Did you mean": the known word nearest to what was typed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kvsim {

/// Levenshtein distance in characters, a swap of two neighbours counting as one edit.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `words` if it is near enough to be a typo (a third of its length, at least 1).
[[nodiscard]] std::optional<std::string> nearest_word(std::string_view typed,
                                                      std::span<const std::string> words);

}  // namespace kvsim
