// Commands that a reader can paste into a shell.
#pragma once

#include <string>

#include "sim/report/reproduction.hpp"

namespace kvsim::report {

/// As a POSIX shell reads it back: in single quotes unless nothing in it is special.
[[nodiscard]] std::string shell_word(const std::string& word);

/// The flags of `asked`, each with a space before it.
[[nodiscard]] std::string flags_text(const Asked& asked);

}  // namespace kvsim::report
