#include "sim/engine/usage_clock.hpp"

namespace kvsim::engine {

UsageClock::UsageClock(std::int64_t usable_blocks)
    : usable_blocks_(usable_blocks), attoseconds_in_bin_(kBins + 1) {}

void UsageClock::merge(const UsageClock& other) {
  for (std::size_t bin = 0; bin < attoseconds_in_bin_.size(); ++bin) {
    attoseconds_in_bin_[bin] += other.attoseconds_in(bin);
  }
  merged_attoseconds_ += other.attoseconds();
  for (const Merged& sums : other.all()) {
    add(merged_, sums);
  }
}

void UsageClock::add(std::vector<Merged>& all, const Merged& sums) {
  const auto same = std::find_if(all.begin(), all.end(), [&](const Merged& each) {
    return each.usable_blocks == sums.usable_blocks;
  });
  if (same == all.end()) {
    all.push_back(sums);
    return;
  }
  same->block_attoseconds += sums.block_attoseconds;
  same->most = std::max(same->most, sums.most);
}

// By number of blocks.
std::vector<UsageClock::Merged> UsageClock::all() const {
  std::vector<Merged> all = merged_;
  add(all, {usable_blocks_, most_, now_.since_start().attoseconds() * used_ - moments_});
  return all;
}

Int128 UsageClock::attoseconds() const {
  return merged_attoseconds_ + now_.since_start().attoseconds();
}

Int128 UsageClock::attoseconds_in(std::size_t bin) const {
  const Duration unfinished = bin == bin_ ? now_ - in_bin_since_ : Duration();
  return attoseconds_in_bin_[bin] + unfinished.attoseconds();
}

double UsageClock::mean() const {
  const Int128 time = attoseconds();
  double mean = 0;
  for (const Merged& sums : all()) {
    mean += time == 0 ? 0
                      : static_cast<double>(sums.block_attoseconds) / static_cast<double>(time) /
                            static_cast<double>(sums.usable_blocks);
  }
  return mean;
}

double UsageClock::max() const {
  double most = 0;
  for (const Merged& sums : all()) {
    most = std::max(most, static_cast<double>(sums.most) / static_cast<double>(sums.usable_blocks));
  }
  return most;
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
