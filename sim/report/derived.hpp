// Numbers that follow from a result and appear in more than one place: computed here, once.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "sim/spec/result.hpp"

namespace kvsim::report {

using TimeShares = std::array<double, spec::kTimeBucketNames.size()>;
using ProvenanceShares = std::array<double, spec::kProvenanceNames.size()>;

/// `value` of the whole cluster as a share of one GPU.
[[nodiscard]] double per_gpu(double value, const spec::RunSpec& run);

/// Mean prompt plus mean output of the requests that finished; none when none did.
[[nodiscard]] std::optional<double> mean_sequence_tokens(const spec::RunMetrics& metrics);

/// Sequences of that length whose KV cache fits into one replica at once.
[[nodiscard]] std::optional<double> mean_sequences_that_fit(const spec::RunResult& run);

/// Tokens per second that one user sees: 1000 / mean TPOT; none without a second output token.
[[nodiscard]] std::optional<double> mean_interactivity(const spec::RunMetrics& metrics);

/// Time in which replicas worked, summed over replicas.
[[nodiscard]] Duration busy_time(const spec::RunMetrics& metrics);

/// Mean over the samples of the run; 0 when there are none.
[[nodiscard]] double mean_over_time(const spec::KvSeries& series,
                                    std::int64_t spec::KvSample::*member);

/// part / whole; 0 when the whole is nothing.
[[nodiscard]] double share(Duration part, Duration whole);

/// Where duration · replicas went; they sum to 1 (all 0 when no time passed).
/// Requires: metrics.time_in adds up to duration · replicas, to the attosecond (checked).
[[nodiscard]] TimeShares time_shares(const spec::RunSpec& run, const spec::RunMetrics& metrics);
[[nodiscard]] inline TimeShares time_shares(const spec::RunResult& run) {
  return time_shares(run.spec, run.metrics);
}

/// Busy time by the evidence behind its price; they sum to 1 (all 0 when nothing ran).
[[nodiscard]] ProvenanceShares provenance_shares(const spec::RunMetrics& metrics);

/// Busy time as `provenance_shares` counts it: the denominator for cards too.
[[nodiscard]] Duration priced_time(const spec::RunMetrics& metrics);

/// Of all replicas.
[[nodiscard]] std::int64_t usable_blocks(const spec::RunResult& run);
[[nodiscard]] std::int64_t kv_cache_tokens(const spec::RunResult& run);

/// Whether the weights leave room for at least one KV block.
[[nodiscard]] bool fits(const spec::HbmBudget& memory);

/// "p50", "p99_9": the name of a percentile in result.json and in the charts.
[[nodiscard]] std::string percentile_key(double percent);

/// Whether every latency percentile comes from the values themselves, not from a histogram.
[[nodiscard]] bool percentiles_exact(const spec::RunMetrics& metrics);

}  // namespace kvsim::report
