#include "sim/cluster/queue_trend.hpp"

#include <algorithm>
#include <numeric>
#include <span>

namespace kvsim::cluster {
namespace {

double mean(std::span<const std::int64_t> values) {
  return values.empty()
             ? 0
             : static_cast<double>(std::accumulate(values.begin(), values.end(), std::int64_t{0})) /
                   static_cast<double>(values.size());
}

}  // namespace

void QueueTrend::keep(std::int64_t waiting) {
  samples_.push_back(waiting);
  if (samples_.size() == kMostSamples) {
    for (std::size_t i = 0; i < samples_.size() / 2; ++i) {
      samples_[i] = samples_[2 * i];
    }
    samples_.resize(samples_.size() / 2);
    stride_ *= 2;
  }
  next_ = (next_ / stride_ + 1) * stride_;
}

spec::Stability QueueTrend::classify(std::int64_t max_running, bool open_ended) const {
  const spec::Stability of_all = verdict(samples_.size(), max_running, open_ended);
  if (!open_ended) {
    return of_all;
  }
  // Sample i is of arrival i·stride.
  const auto while_beginning = static_cast<std::size_t>((begun_ + stride_ - 1) / stride_);
  return std::max(of_all, verdict(while_beginning, max_running, open_ended));
}

spec::Stability QueueTrend::verdict(std::size_t samples, std::int64_t max_running,
                                    bool open_ended) const {
  const std::size_t third = samples / 3;
  const auto all = std::span<const std::int64_t>(samples_).first(samples);
  const auto second = all.subspan(third, third);
  const auto last = all.subspan(2 * third);
  const double w3 = mean(last);
  const bool emptied = std::find(last.begin(), last.end(), 0) != last.end();
  if (emptied || w3 <= std::max(1.0, 0.05 * static_cast<double>(max_running))) {
    return spec::Stability::Stable;
  }
  return open_ended && w3 > 1.25 * mean(second) ? spec::Stability::Overloaded
                                                : spec::Stability::Backlogged;
}

}  // namespace kvsim::cluster
