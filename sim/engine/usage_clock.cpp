#include "sim/engine/usage_clock.hpp"

namespace kvsim::engine {

UsageClock::UsageClock(std::int64_t usable_blocks)
    : usable_blocks_(usable_blocks), attoseconds_in_bin_(kBins + 1) {}

void UsageClock::merge(const UsageClock& other) {
  KVSIM_CHECK(usable_blocks_ == other.usable_blocks_, "pools of different size cannot be merged");
  for (std::size_t bin = 0; bin < attoseconds_in_bin_.size(); ++bin) {
    attoseconds_in_bin_[bin] += other.attoseconds_in(bin);
  }
  merged_attoseconds_ += other.attoseconds();
  merged_block_attoseconds_ += other.block_attoseconds();
  most_ = std::max(most_, other.most_);
}

Int128 UsageClock::attoseconds() const {
  return merged_attoseconds_ + now_.since_start().attoseconds();
}

Int128 UsageClock::block_attoseconds() const {
  return merged_block_attoseconds_ + now_.since_start().attoseconds() * used_ - moments_;
}

Int128 UsageClock::attoseconds_in(std::size_t bin) const {
  const Duration unfinished = bin == bin_ ? now_ - in_bin_since_ : Duration();
  return attoseconds_in_bin_[bin] + unfinished.attoseconds();
}

double UsageClock::mean() const {
  const Int128 time = attoseconds();
  return time == 0 ? 0
                   : static_cast<double>(block_attoseconds()) / static_cast<double>(time) /
                         static_cast<double>(usable_blocks_);
}

double UsageClock::max() const {
  return static_cast<double>(most_) / static_cast<double>(usable_blocks_);
}

double UsageClock::percentile(double percent) const {
  const double target = percent / 100 * static_cast<double>(attoseconds());
  Int128 below = 0;
  for (std::size_t bin = 0; bin < attoseconds_in_bin_.size(); ++bin) {
    below += attoseconds_in(bin);
    if (below > 0 && static_cast<double>(below) >= target) {
      return static_cast<double>(bin) / kBins;
    }
  }
  return 0;
}

}  // namespace kvsim::engine
