#include "calibration/bench/measure.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace kvsim {
namespace bench {
namespace {

constexpr double kReplaySeconds = 1.2e-3;
constexpr int kMostCalls = 400;
constexpr double kNormalMad = 1.4826;          // sigma over MAD of a normal distribution
constexpr double kMedianWidth = 1.96 * 1.253;  // 95 %, and the median's sigma over the mean's

bool is_settled(const std::vector<double>& values, const StopRule& rule) {
  const double width =
      kMedianWidth * robust_spread(values) / std::sqrt(static_cast<double>(values.size()));
  return width <= rule.half_width;
}

}  // namespace

double quantile(std::vector<double> values, double share) {
  if (values.empty()) {
    throw std::logic_error("quantile of nothing");
  }
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

double robust_spread(const std::vector<double>& values) {
  const double median = quantile(values, 0.5);
  std::vector<double> distances;
  for (const double value : values) {
    distances.push_back(std::abs(value - median));
  }
  return kNormalMad * quantile(distances, 0.5) / std::abs(median);
}

int calls_in_replay(double seconds_of_call) {
  const double calls = std::ceil(kReplaySeconds / std::max(seconds_of_call, 1e-9));
  return static_cast<int>(std::clamp(calls, 1.0, static_cast<double>(kMostCalls)));
}

Measurement measure(Stopwatch& stopwatch, Telemetry& telemetry, const StopRule& rule) {
  Measurement result;
  stopwatch.seconds_of_call();  // the first replay after an upload pays for it
  result.before = telemetry.read();
  std::vector<double> values;
  int rests = 0;
  const double begin = stopwatch.now();
  while (static_cast<int>(values.size()) < rule.most && result.discarded <= rule.most) {
    const double seconds = stopwatch.seconds_of_call();
    const std::uint64_t reasons = telemetry.throttle();
    result.throttle |= reasons;
    if ((reasons & kSlowdown) != 0) {
      ++result.discarded;
      if (rests < rule.rests) {
        ++rests;
        stopwatch.rest(rule.rest_seconds);
      }
      continue;
    }
    values.push_back(seconds);
    const bool enough = static_cast<int>(values.size()) >= rule.least;
    if (enough && (is_settled(values, rule) || stopwatch.now() - begin > rule.seconds)) {
      break;
    }
  }
  if (static_cast<int>(values.size()) < std::min(rule.least, 3)) {
    throw Unmeasurable("the GPU was throttled in nearly every sample");
  }
  result.after = telemetry.read();
  result.median = quantile(values, 0.5);
  if (!(result.median > 0)) {
    throw Unmeasurable("one call is too short to be told from its launch");
  }
  result.low = quantile(values, 0.25);
  result.high = quantile(values, 0.75);
  result.spread = robust_spread(values);
  result.repetitions = static_cast<int>(values.size());
  return result;
}

}  // namespace bench
}  // namespace kvsim
