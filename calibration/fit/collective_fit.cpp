#include "calibration/fit/collective_fit.hpp"

#include <algorithm>
#include <map>

namespace kvsim::fit {
namespace {

constexpr std::int64_t kFirst = 256;
constexpr std::int64_t kFactor = 4;
constexpr std::int64_t kSwitch = std::int64_t{8} << 20;

bool is_knot(std::int64_t bytes) {
  std::int64_t knot = kFirst;
  while (knot < bytes) {
    knot *= kFactor;
  }
  return bytes == knot || bytes == kSwitch;
}

std::int64_t message_of(const Sample& sample) {
  return sample.op.bytes_per_row * model::rows_of(sample.op, sample.batch);
}

// Least times per size; of several rows of one size the fastest.
using TimeBySize = std::map<std::int64_t, double>;

void make_monotone(TimeBySize& times) {
  double least = times.rbegin()->second;
  for (auto each = times.rbegin(); each != times.rend(); ++each) {
    least = std::min(least, each->second);
    each->second = least;
  }
}

// The ends stand for themselves, or the table would say nothing there.
bool is_point(const TimeBySize& times, std::int64_t bytes) {
  return is_knot(bytes) || bytes == times.begin()->first || bytes == times.rbegin()->first;
}

}  // namespace

CollectiveFit fit_collective(const Samples& samples) {
  std::map<std::int64_t, TimeBySize> by_gpus;
  for (const Sample& sample : samples.rows) {
    TimeBySize& times = by_gpus[sample.op.ranks];
    const auto [each, is_new] = times.emplace(message_of(sample), sample.seconds);
    each->second = std::min(each->second, sample.seconds);
  }
  CollectiveFit fit;
  for (auto& [gpus, times] : by_gpus) {
    make_monotone(times);
    spec::CollectiveRow row{gpus, {}, {}};
    for (const auto& [bytes, seconds] : times) {
      if (is_point(times, bytes)) {
        row.bytes.push_back(bytes);
        row.time.push_back(to_duration(Seconds(seconds)));
      }
    }
    fit.knots += static_cast<int>(row.bytes.size());
    fit.form.rows.push_back(std::move(row));
  }
  for (const Sample& sample : samples.rows) {
    if (!is_point(by_gpus[sample.op.ranks], message_of(sample))) {
      fit.between.rows.push_back(sample);
    }
  }
  return fit;
}

}  // namespace kvsim::fit
