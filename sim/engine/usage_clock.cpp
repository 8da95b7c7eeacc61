#include "sim/engine/usage_clock.hpp"

#include <functional>

namespace kvsim::engine {

UsageClock::UsageClock(std::int64_t usable_blocks)
    : usable_blocks_(usable_blocks),
      is_single_(usable_blocks <= kMostSingle),
      attoseconds_at_(static_cast<std::size_t>(is_single_ ? usable_blocks : kBins) + 1) {}

void UsageClock::merge(const UsageClock& other) {
  const std::vector<Int128> others = other.attoseconds_in_bins();
  merged_in_bins_.resize(others.size());
  std::transform(others.begin(), others.end(), merged_in_bins_.begin(), merged_in_bins_.begin(),
                 std::plus());
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

std::vector<Int128> UsageClock::attoseconds_in_bins() const {
  std::vector<Int128> bins = merged_in_bins_;
  bins.resize(kBins + 1);
  const auto bin_at = [this](std::size_t place) {
    return is_single_ ? static_cast<std::size_t>(bin_of(static_cast<std::int64_t>(place))) : place;
  };
  for (std::size_t place = 0; place < attoseconds_at_.size(); ++place) {
    bins[bin_at(place)] += attoseconds_at_[place];
  }
  bins[bin_at(place_)] += (now_ - here_since_).attoseconds();
  return bins;
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
  const std::vector<Int128> bins = attoseconds_in_bins();
  for (std::size_t bin = 0; bin < bins.size(); ++bin) {
    below += bins[bin];
    if (below > 0 && static_cast<double>(below) >= target) {
      return static_cast<double>(bin) / kBins;
    }
  }
  return 0;
}

}  // namespace kvsim::engine
