// How full the KV cache is over simulated time.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/sim_time.hpp"

namespace kvsim::engine {

/// Integrates the blocks in use; all sums are integers, so their order does not matter.
class UsageClock {
 public:
  explicit UsageClock(std::int64_t usable_blocks);

  /// From `now` on, `used` blocks are in use. Requires: now does not go back (checked).
  void set(SimTime now, std::int64_t used);
  void merge(const UsageClock& other);

  /// Shares of the usable blocks, 0–1, over the time covered so far; 0 before any time passed.
  [[nodiscard]] double mean() const;
  [[nodiscard]] double max() const;
  /// Upper edge of the bin (1/1000 wide) below which the usage lies `percent` of the time.
  [[nodiscard]] double percentile(double percent) const;

 private:
  static constexpr std::int64_t kBins = 1000;
  std::int64_t usable_blocks_;
  std::int64_t used_ = 0;
  std::int64_t most_ = 0;
  SimTime since_;
  Int128 block_attoseconds_ = 0;
  Int128 attoseconds_ = 0;
  std::vector<Int128> attoseconds_in_bin_;
};

}  // namespace kvsim::engine
