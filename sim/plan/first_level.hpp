// The lowest level at which something holds that holds at every higher one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace kvsim::plan {

/// Bisection in [low, high], where `high` is known to hold.
template <class Holds>
[[nodiscard]] std::int64_t first_in(std::int64_t low, std::int64_t high, const Holds& holds) {
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return high;
}

/// The same without knowing about `high`: upwards from `start` in strides that double, downwards if
/// `start` holds. Nothing if `high` does not hold. Requires: low <= start <= high.
template <class Holds>
[[nodiscard]] std::optional<std::int64_t> first_from(std::int64_t low, std::int64_t start,
                                                     std::int64_t high, const Holds& holds) {
  std::int64_t stride = std::max<std::int64_t>(1, std::abs(start) / 4);
  if (holds(start)) {
    std::int64_t holding = start;
    while (holding > low) {
      const std::int64_t below = std::max(low, holding - stride);
      if (!holds(below)) {
        return first_in(below + 1, holding, holds);
      }
      holding = below;
      stride *= 2;
    }
    return holding;
  }
  for (std::int64_t failing = start; failing < high; stride *= 2) {
    const std::int64_t above = std::min(high, failing + stride);
    if (holds(above)) {
      return first_in(failing + 1, above, holds);
    }
    failing = above;
  }
  return std::nullopt;
}

}  // namespace kvsim::plan
