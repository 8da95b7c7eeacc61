#include "sim/engine/usage_clock.hpp"

#include "sim/base/check.hpp"

namespace kvsim::engine {

UsageClock::UsageClock(std::int64_t usable_blocks)
    : usable_blocks_(usable_blocks), attoseconds_in_bin_(kBins + 1) {}

void UsageClock::set(SimTime now, std::int64_t used) {
  const Int128 passed = (now - since_).attoseconds();
  KVSIM_CHECK(passed >= 0, "simulated time went back");
  pass(passed);
  block_attoseconds_ += passed * used_;
  attoseconds_ += passed;
  since_ = now;
  used_ = used;
  enter_bin_of(used);
  most_ = std::max(most_, used);
}

void UsageClock::merge(const UsageClock& other) {
  KVSIM_CHECK(usable_blocks_ == other.usable_blocks_, "pools of different size cannot be merged");
  for (std::size_t i = 0; i < attoseconds_in_bin_.size(); ++i) {
    attoseconds_in_bin_[i] += other.attoseconds_in_bin_[i];
  }
  block_attoseconds_ += other.block_attoseconds_;
  attoseconds_ += other.attoseconds_;
  most_ = std::max(most_, other.most_);
}

double UsageClock::mean() const {
  return attoseconds_ == 0
             ? 0
             : static_cast<double>(block_attoseconds_) / static_cast<double>(attoseconds_) /
                   static_cast<double>(usable_blocks_);
}

double UsageClock::max() const {
  return static_cast<double>(most_) / static_cast<double>(usable_blocks_);
}

double UsageClock::percentile(double percent) const {
  const double target = percent / 100 * static_cast<double>(attoseconds_);
  Int128 below = 0;
  for (std::size_t bin = 0; bin < attoseconds_in_bin_.size(); ++bin) {
    below += attoseconds_in_bin_[bin];
    if (below > 0 && static_cast<double>(below) >= target) {
      return static_cast<double>(bin) / kBins;
    }
  }
  return 0;
}

}  // namespace kvsim::engine
