#include "sim/workload/length_cells.hpp"

#include <algorithm>
#include <limits>

namespace kvsim::workload {

LengthCells::LengthCells(const std::function<std::int64_t(double)>& length_at) : cells_(kCells) {
  constexpr double kLeast = 0x1p-53;  // a uniform number is neither 0 nor 1
  const auto length_before = [&](std::uint32_t part) {
    return length_at(std::clamp(part / static_cast<double>(kCells * kParts), kLeast, 1 - kLeast));
  };
  std::int64_t above = length_before(0);
  for (std::uint32_t i = 0; i < kCells; ++i) {
    const std::uint32_t first = i * kParts;
    const std::int64_t length = above;
    above = length_before(first + kParts);
    if (above > std::numeric_limits<std::int32_t>::max() || above > length + 1) {
      continue;
    }
    std::uint32_t same = 0;  // parts: `length` at the lower end of this one
    std::uint32_t more = kParts;
    while (above > length && more - same > 1) {
      const std::uint32_t middle = (same + more) / 2;
      (length_before(first + middle) > length ? more : same) = middle;
    }
    cells_[i] = above == length
                    ? Cell{static_cast<std::int32_t>(length), kParts, 0}
                    : Cell{static_cast<std::int32_t>(length), static_cast<std::uint16_t>(same), 1};
  }
}

}  // namespace kvsim::workload
