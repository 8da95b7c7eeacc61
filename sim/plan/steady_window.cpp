#include "sim/plan/steady_window.hpp"

#include <algorithm>

#include "sim/base/statistics.hpp"

namespace kvsim::plan {
namespace {

constexpr std::size_t kBatch = 5;

std::vector<double> means_of_five(std::span<const double> values) {
  std::vector<double> means(values.size() / kBatch);
  for (std::size_t i = 0; i < means.size(); ++i) {
    for (const double value : values.subspan(kBatch * i, kBatch)) {
      means[i] += value / static_cast<double>(kBatch);
    }
  }
  return means;
}

std::vector<double> latencies(std::span<const LoggedRequest> requests,
                              double LoggedRequest::*latency) {
  std::vector<double> values;
  values.reserve(requests.size());
  for (const LoggedRequest& request : requests) {
    values.push_back(request.*latency);
  }
  return values;
}

// Gaps between arrivals, from the last to the first.
std::vector<double> gaps_from_the_end(std::span<const LoggedRequest> requests) {
  std::vector<double> gaps;
  for (std::size_t i = requests.size(); i > 1; --i) {
    gaps.push_back(to_milliseconds(requests[i - 1].arrival - requests[i - 2].arrival));
  }
  return gaps;
}

// As percentile() of the sorted values, without sorting those that do not matter.
double p99_of(std::vector<double>& values) {
  const QuantileRank place = quantile_rank(99, static_cast<std::int64_t>(values.size()));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(place.rank);
  std::nth_element(values.begin(), at, values.end());
  const auto next = std::min_element(at + 1, values.end());
  return next == values.end() ? *at : lerp(*at, *next, place.fraction);
}

// Requests that arrived long enough before the last one.
std::size_t before_the_end(std::span<const LoggedRequest> requests) {
  std::vector<double> stays = latencies(requests, &LoggedRequest::e2el_ms);
  const SimTime end = requests.back().arrival - to_duration(Seconds(p99_of(stays) / 1e3));
  const auto late =
      std::partition_point(requests.begin(), requests.end(),
                           [&](const auto& request) { return request.arrival <= end; });
  return static_cast<std::size_t>(late - requests.begin());
}

}  // namespace

// Welford's update, from the last batch to the first: no large sums are subtracted.
WarmUp mser5(std::span<const double> values) {
  const std::vector<double> batches = means_of_five(values);
  const std::size_t most = batches.size() / 2;
  double mean = 0;
  double squares = 0;
  double smallest = 0;
  std::size_t best = most;
  for (std::size_t left_out = batches.size(); left_out-- > 0;) {
    const auto count = static_cast<double>(batches.size() - left_out);
    const double step = batches[left_out] - mean;
    mean += step / count;
    squares += step * (batches[left_out] - mean);
    const double error = squares / (count * count);
    if (left_out == most || (left_out < most && error <= smallest)) {
      smallest = error;
      best = left_out;
    }
  }
  return {kBatch * best, most == 0 || best < most};
}

SteadyWindow steady_window(std::span<const LoggedRequest> requests, bool has_turns) {
  const std::size_t count = requests.size();
  if (count == 0) {
    return {};
  }
  const WarmUp thins = has_turns ? mser5(gaps_from_the_end(requests)) : WarmUp{};
  const std::size_t last =
      std::min(std::max(before_the_end(requests), count - count / 4), count - thins.values);
  const auto full = requests.first(last);
  const WarmUp ttft = mser5(latencies(full, &LoggedRequest::ttft_ms));
  const WarmUp e2el = mser5(latencies(full, &LoggedRequest::e2el_ms));
  return {std::max(ttft.values, e2el.values), last, thins.settled && ttft.settled && e2el.settled};
}

}  // namespace kvsim::plan
