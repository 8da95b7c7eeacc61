// The second door of the room: what a workload is like, as `kvsim explain workload` tells it.
//
// One pass over the requests, those of conversations as if every answer came at once. Memory does
// not grow with their number, but with the number of different lengths, and of different stretches
// (blocks of a trace, messages) that prompts may have in common.
//
//   mean_rate       (n - 1) / span, span from the first arrival to the last
//   gap_cv          standard deviation of the n - 1 gaps (population) over their mean; Poisson: 1.
//                   Gamma gaps of that spread have --burstiness 1 / gap_cv²
//   ideal_hit_rate  blocks whose id came before, over all blocks: the hits of a cache without end.
//                   Unlike an engine's it counts every block, also a request's last one. By tokens:
//                   those from the begin of a prompt to its first new stretch, over all tokens of
//                   prompts; returned answers are in the cache as well
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/sim_time.hpp"
#include "sim/spec/workload.hpp"
#include "sim/workload/format_detection.hpp"

namespace kvsim::workload {

/// In tokens; percentiles of type 7, as numpy's.
struct LengthSummary {
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p95 = 0;
  double p99 = 0;
  std::int64_t max = 0;
};

struct ArrivalSummary {
  SimTime first;
  SimTime last;
  std::optional<double> mean_rate;  ///< per second; empty: all at one instant
  std::optional<double> gap_cv;
  std::optional<double> zero_gap_share;  ///< of the gaps: requests that arrive together
};

struct BlockSummary {
  std::int64_t requests = 0;  ///< that carry ids
  std::int64_t blocks = 0;
  std::int64_t distinct = 0;
  double ideal_hit_rate = 0;
};

struct PrefixSummary {
  std::int64_t requests = 0;       ///< of whose content something is known
  std::int64_t prompt_tokens = 0;  ///< of all requests
  std::int64_t hit_tokens = 0;
  double ideal_hit_rate = 0;
};

struct WorkloadSummary {
  std::int64_t requests = 0;
  std::optional<ArrivalSummary> arrivals;  ///< empty: a closed loop
  LengthSummary prompt;
  LengthSummary output;
  std::optional<BlockSummary> blocks;     ///< empty: no request carries ids
  std::optional<PrefixSummary> prefixes;  ///< empty: nothing is known of any prompt
  std::int64_t failed_requests = 0;
  std::int64_t skipped_lines = 0;
};

/// Draws or reads all requests of `workload`. Throws ConfigError as make_source() and next() do.
[[nodiscard]] WorkloadSummary summarise(const spec::WorkloadSpec& workload, std::uint64_t seed);

}  // namespace kvsim::workload
