// A price as it is charged: the card's, or what a draw for error bars makes of it.
#pragma once

#include <algorithm>
#include <optional>

namespace kvsim::cost {

struct DrawnPrice {
  std::optional<double> factor;  ///< of a draw; absent: the card's price stays as it is
  bool truncated = false;        ///< some charge would have been below its floor

  /// `seconds`, or `factor` times it, but then never below `floor`, which the GPU's peaks set.
  [[nodiscard]] double charge(double seconds, double floor = 0) {
    if (!factor) {
      return seconds;
    }
    const double drawn = *factor * seconds;
    truncated = truncated || drawn < floor;
    return std::max(drawn, floor);
  }
};

}  // namespace kvsim::cost
