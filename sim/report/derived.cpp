#include "sim/report/derived.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "sim/base/check.hpp"

namespace kvsim::report {
namespace {

template <std::size_t N>
Duration total(const std::array<Duration, N>& parts) {
  return std::accumulate(parts.begin(), parts.end(), Duration());
}

template <std::size_t N>
std::array<double, N> shares_of_total(const std::array<Duration, N>& parts) {
  std::array<double, N> shares{};
  for (std::size_t i = 0; i < N; ++i) {
    shares[i] = share(parts[i], total(parts));
  }
  return shares;
}

std::int64_t of_all_replicas(const spec::RunResult& run,
                             std::int64_t spec::HbmBudget::*of_replica) {
  std::int64_t sum = run.pools.empty() ? run.memory.*of_replica * run.spec.cluster.replicas : 0;
  for (const spec::PoolResult& pool : run.pools) {
    sum += pool.memory.*of_replica * pool.spec.cluster.replicas;
  }
  return sum;
}

}  // namespace

double per_gpu(double value, const spec::RunSpec& run) {
  return value / static_cast<double>(spec::num_gpus(run));
}

std::optional<double> mean_sequence_tokens(const spec::RunMetrics& metrics) {
  const std::int64_t tokens = metrics.total_input_tokens + metrics.total_output_tokens;
  if (metrics.completed == 0 || tokens == 0) {
    return std::nullopt;
  }
  return static_cast<double>(tokens) / static_cast<double>(metrics.completed);
}

std::optional<double> mean_sequences_that_fit(const spec::RunResult& run) {
  const auto tokens = mean_sequence_tokens(run.metrics);
  if (!tokens) {
    return std::nullopt;
  }
  return static_cast<double>(run.memory.kv_cache_tokens) / *tokens;
}

std::optional<double> mean_interactivity(const spec::RunMetrics& metrics) {
  return metrics.tpot.mean > 0 ? std::optional(1000.0 / metrics.tpot.mean) : std::nullopt;
}

Duration busy_time(const spec::RunMetrics& metrics) {
  return total(metrics.time_in) -
         metrics.time_in.at(static_cast<std::size_t>(spec::TimeBucket::Idle));
}

double share(Duration part, Duration whole) {
  return whole == Duration()
             ? 0.0
             : static_cast<double>(part.attoseconds()) / static_cast<double>(whole.attoseconds());
}

TimeShares time_shares(const spec::RunSpec& run, const spec::RunMetrics& metrics) {
  KVSIM_CHECK(total(metrics.time_in) == metrics.duration * run.cluster.replicas,
              "the time shares of a run add up to its duration times its replicas");
  return shares_of_total(metrics.time_in);
}

ProvenanceShares provenance_shares(const spec::RunMetrics& metrics) {
  return shares_of_total(metrics.time_by_provenance);
}

Duration priced_time(const spec::RunMetrics& metrics) { return total(metrics.time_by_provenance); }

std::int64_t usable_blocks(const spec::RunResult& run) {
  return of_all_replicas(run, &spec::HbmBudget::usable_blocks);
}

std::int64_t kv_cache_tokens(const spec::RunResult& run) {
  return of_all_replicas(run, &spec::HbmBudget::kv_cache_tokens);
}

bool fits(const spec::HbmBudget& memory) { return memory.kv_cache_tokens > 0; }

std::string percentile_key(double percent) {
  std::string key = fmt::format("p{}", percent);
  std::replace(key.begin(), key.end(), '.', '_');
  return key;
}

bool percentiles_exact(const spec::RunMetrics& metrics) {
  return metrics.ttft.exact && metrics.tpot.exact && metrics.itl.exact && metrics.e2el.exact &&
         metrics.queue.exact;
}

double mean_over_time(const spec::KvSeries& series, std::int64_t spec::KvSample::*member) {
  double sum = 0;
  for (const spec::KvSample& sample : series.samples) {
    sum += static_cast<double>(sample.*member);
  }
  return series.samples.empty() ? 0 : sum / static_cast<double>(series.samples.size());
}

}  // namespace kvsim::report
