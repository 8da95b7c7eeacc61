// Wall time, for progress and for what a manifest says of speed.
#pragma once

#include <chrono>

namespace kvsim::cli {

using Clock = std::chrono::steady_clock;

[[nodiscard]] inline double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace kvsim::cli
