// What the terminal can do, and where kvsim's files lie.
#pragma once

#include "sim/config/config.hpp"

namespace kvsim::cli {

/// Bold headings on stdout: a terminal, and NO_COLOR is not set.
[[nodiscard]] bool stdout_is_styled();
[[nodiscard]] bool stderr_is_terminal();
inline constexpr const char* kClearLine = "\r\033[K";  ///< and write from its beginning again

/// configs/ and calibration/cards/ below KVSIM_HOME, or below the source tree it was built from.
[[nodiscard]] config::Library library();

}  // namespace kvsim::cli
