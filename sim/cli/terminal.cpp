#include "sim/cli/terminal.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "kvsim_version.hpp"

namespace kvsim::cli {

bool stdout_is_styled() {
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org: set and not empty
  return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
}

bool stderr_is_terminal() { return isatty(STDERR_FILENO) != 0; }

config::Library library() {
  const char* home = std::getenv("KVSIM_HOME");
  const std::filesystem::path root = home != nullptr ? home : KVSIM_SOURCE_DIR;
  return {root / "configs", root / "calibration" / "cards", root / "reports" / "templates"};
}

}  // namespace kvsim::cli
