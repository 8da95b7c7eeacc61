// Small aligned tables of the commands that explain and list.
#pragma once

#include <string>
#include <vector>

namespace kvsim::cli {

/// Columns separated by two spaces; numbers (as by their first character) to the right.
[[nodiscard]] std::string text_table(const std::vector<std::string>& header,
                                     const std::vector<std::vector<std::string>>& rows);

}  // namespace kvsim::cli
