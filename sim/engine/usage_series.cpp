#include "sim/engine/usage_series.hpp"

#include <algorithm>

namespace kvsim::engine {

void UsageSeries::take(spec::KvSample sample) {
  samples_.push_back(sample);
  if (samples_.size() == kMost) {
    halve();
  }
  next_ = next_ + interval_;
}

// The even ones stay: they are at multiples of twice the interval.
void UsageSeries::halve() {
  for (std::size_t i = 0; 2 * i + 1 < samples_.size(); ++i) {
    samples_[i] = samples_[2 * i + 1];
  }
  samples_.resize(samples_.size() / 2);
  interval_ = interval_ * 2;
}

void UsageSeries::merge(const UsageSeries& other) {
  UsageSeries theirs = other;
  while (interval_ < theirs.interval_) {
    halve();
  }
  while (theirs.interval_ < interval_) {
    theirs.halve();
  }
  samples_.resize(std::max(samples_.size(), theirs.samples_.size()));
  for (std::size_t i = 0; i < theirs.samples_.size(); ++i) {
    samples_[i] += theirs.samples_[i];
  }
}

}  // namespace kvsim::engine
