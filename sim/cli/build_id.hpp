// Which build of kvsim this is.
#pragma once

#include <string>

namespace kvsim::cli {

/// Hexadecimal; the same for the same program file, another after any change that was compiled.
[[nodiscard]] std::string build_id();

}  // namespace kvsim::cli
