// The statistics that limits are set on, of the latencies of requests. Internal to the room.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/plan/dependent_sample.hpp"
#include "sim/plan/latency_log.hpp"
#include "sim/spec/result.hpp"

namespace kvsim::plan {

struct Latency {
  std::string_view name;
  std::optional<spec::LatencyLimit> spec::SloSpec::*limits;
  spec::LatencySummary spec::RunMetrics::*summary;
  double LoggedRequest::*logged;
};
inline constexpr std::array kLatencies = {
    Latency{"ttft", &spec::SloSpec::ttft, &spec::RunMetrics::ttft, &LoggedRequest::ttft_ms},
    Latency{"tpot", &spec::SloSpec::tpot, &spec::RunMetrics::tpot, &LoggedRequest::tpot_ms},
    Latency{"e2el", &spec::SloSpec::e2el, &spec::RunMetrics::e2el, &LoggedRequest::e2el_ms}};

struct Statistic {
  std::string_view name;
  std::optional<Duration> spec::LatencyLimit::*limit;
  double spec::LatencySummary::*value;
  double percent;  ///< 0: the mean
};
inline constexpr std::array kStatistics = {
    Statistic{"mean", &spec::LatencyLimit::mean, &spec::LatencySummary::mean, 0},
    Statistic{"median", &spec::LatencyLimit::median, &spec::LatencySummary::median, 50},
    Statistic{"p90", &spec::LatencyLimit::p90, &spec::LatencySummary::p90, 90},
    Statistic{"p95", &spec::LatencyLimit::p95, &spec::LatencySummary::p95, 95},
    Statistic{"p99", &spec::LatencyLimit::p99, &spec::LatencySummary::p99, 99}};

/// "p99_ttft_ms"
[[nodiscard]] std::string metric_name(const Latency& latency, const Statistic& statistic);

/// Nothing where no request has this latency.
[[nodiscard]] std::optional<DependentSample> sample_of(std::span<const LoggedRequest> requests,
                                                       const Latency& latency);

[[nodiscard]] Estimate estimate_of(const Statistic& statistic, const DependentSample& sample,
                                   double confidence);

}  // namespace kvsim::plan
