#include "sim/plan/latency_statistics.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace kvsim::plan {

std::string metric_name(const Latency& latency, const Statistic& statistic) {
  return fmt::format("{}_{}_ms", statistic.name, latency.name);
}

std::optional<DependentSample> sample_of(std::span<const LoggedRequest> requests,
                                         const Latency& latency) {
  std::vector<double> values;
  values.reserve(requests.size());
  for (const LoggedRequest& request : requests) {
    if (request.has_tpot || latency.logged != &LoggedRequest::tpot_ms) {
      values.push_back(request.*latency.logged);
    }
  }
  return values.empty() ? std::nullopt : std::optional<DependentSample>(std::move(values));
}

Estimate estimate_of(const Statistic& statistic, const DependentSample& sample, double confidence) {
  return statistic.percent == 0 ? sample.mean(confidence)
                                : sample.percentile(statistic.percent, confidence);
}

}  // namespace kvsim::plan
