// What comes out of a run: plain data for whoever writes it down. Words are vLLM's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/ids.hpp"
#include "sim/base/quantity.hpp"
#include "sim/base/sim_time.hpp"
#include "sim/spec/card.hpp"
#include "sim/spec/study.hpp"

namespace kvsim::spec {

/// One finished request. Durations count from its arrival unless said otherwise.
struct RequestRecord {
  RequestId id;
  ReplicaId replica;
  SimTime arrival;
  std::int64_t prompt_tokens = 0;
  std::int64_t output_tokens = 0;
  std::int64_t cached_tokens = 0;
  Duration queue;  ///< until the scheduler first ran it
  Duration ttft;
  Duration tpot;  ///< (e2el - ttft) / (output_tokens - 1); 0 with one output token
  Duration e2el;
  std::int64_t preemptions = 0;
};

struct PercentilePoint {
  double percent = 0, ms = 0;
};
/// Enough to draw a distribution from.
inline constexpr std::array<double, 10> kPercentiles = {1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9};

/// Milliseconds; percentiles are type 7 (numpy's default).
struct LatencySummary {
  std::int64_t count = 0;
  double mean = 0, median = 0, p90 = 0, p95 = 0, p99 = 0, p99_9 = 0, std = 0;
  bool exact = true;  ///< false: percentiles from a histogram with bins at most 0.4 % wide
  std::vector<PercentilePoint> percentiles{};  ///< at kPercentiles; empty when count is 0
};

/// Where step time goes. Each operator's time is counted under what bounds it.
enum class TimeBucket { Weights, Kv, Compute, Collective, Host, Idle };
inline constexpr std::array<std::string_view, 6> kTimeBucketNames = {
    "weights", "kv", "compute", "collective", "host", "idle"};

/// Stable: the queue does not grow. Backlogged: it empties only after the last arrival.
/// Overloaded: it grows as long as requests arrive, of conversations as long as they begin, so
/// latencies depend on the run's length.
enum class Stability { Stable, Backlogged, Overloaded };
inline constexpr std::array<std::string_view, 3> kStabilityNames = {"stable", "backlogged",
                                                                    "overloaded"};

struct RunMetrics {
  LatencySummary ttft, tpot, itl, e2el, queue;
  Duration duration;  ///< from time 0 to the last finish
  std::int64_t completed = 0;
  std::int64_t refused = 0;  ///< could never fit; see RunResult::refusals
  std::int64_t skipped_lines = 0;
  std::int64_t failed_requests = 0;  ///< that the trace itself marks as failed; not replayed
  std::int64_t total_input_tokens = 0;
  std::int64_t total_output_tokens = 0;
  double request_throughput = 0;             ///< requests/s
  std::optional<double> request_goodput;     ///< requests/s within every limit of the slo
  double output_throughput = 0;              ///< tokens/s
  double total_token_throughput = 0;         ///< input + output tokens/s
  std::int64_t max_concurrent_requests = 0;  ///< waiting and running, all replicas
  std::int64_t max_running_requests = 0;     ///< most sequences in one step of one replica
  double kv_cache_usage_mean = 0;            ///< share of KV blocks in use, over time
  double kv_cache_usage_p99 = 0;
  double kv_cache_usage_max = 0;
  std::int64_t num_preemptions = 0;
  std::int64_t requests_with_content = 0;  ///< of which it is known what others have in common
  std::int64_t prefix_cache_queries = 0;   ///< tokens of requests when they are first scheduled
  std::int64_t prefix_cache_hits = 0;      ///< of those, found
  double prefix_cache_hit_rate = 0;        ///< of tokens
  double prefix_cache_block_hit_rate = 0;  ///< of blocks, a prompt's last one counted as a whole
  std::int64_t num_steps = 0;
  std::int64_t computed_tokens = 0;  ///< prompt and output tokens computed, recomputation included
  Int128 hbm_bytes_read = 0;         ///< all GPUs
  Int128 weight_bytes_read = 0;      ///< part of hbm_bytes_read
  Int128 kv_bytes_read = 0;          ///< part of hbm_bytes_read
  std::array<Duration, kTimeBucketNames.size()> time_in{};             ///< summed over replicas
  std::array<Duration, kProvenanceNames.size()> time_by_provenance{};  ///< busy time, by evidence
  /// Of busy time, what tokens of prompts took: each step's time is shared out among the tokens
  /// that it computes, each alike. Recomputed tokens count as prompts; the rest is the answers'.
  Duration prompt_time;
  Duration time_truncated;  ///< of busy time; drawn prices that the GPU's peaks do not allow
  Stability stability = Stability::Stable;
};

/// Blocks of the KV cache and who asks for them, at one instant, over all replicas.
struct KvSample {
  std::int64_t used = 0;         ///< by sequences that run
  std::int64_t kept = 0;         ///< held by nobody, but found if somebody asks
  std::int64_t running = 0;      ///< sequences that hold a seat
  std::int64_t waiting = 0;      ///< requests that have arrived, or were preempted, and hold none
  std::int64_t preemptions = 0;  ///< since the start
  KvSample& operator+=(const KvSample& other) {
    used += other.used;
    kept += other.kept;
    running += other.running;
    waiting += other.waiting;
    preemptions += other.preemptions;
    return *this;
  }
  friend bool operator==(const KvSample&, const KvSample&) = default;
};

struct KvSeries {
  Duration interval;
  std::vector<KvSample> samples;  ///< at interval, 2 · interval, ...
};

/// What a prefix cache of any size would find if requests came one after the other
/// (cluster/prefix_curve.hpp). Rates: of the tokens of all prompts.
struct PrefixCurve {
  struct Point {
    std::int64_t capacity_tokens = 0;
    double hit_rate = 0;
  };
  std::int64_t requests = 0;  ///< the first of the run's
  std::vector<Point> points;
  std::int64_t capacity_tokens = 0;  ///< of the run's replicas together
  double hit_rate_at_capacity = 0;
  double ideal_hit_rate = 0;       ///< with room for everything
  std::int64_t enough_tokens = 0;  ///< room from which on no more is found
};

/// A decode step as the cards price it: `batch` sequences of `context` tokens each on one replica.
struct StepPoint {
  std::int64_t batch = 0, context = 0;
  std::array<Duration, kTimeBucketNames.size()> time_in{};  ///< idle stays 0; their sum is the step
};

/// An operator of the typical step, all its calls together, on one GPU.
struct OperatorPoint {
  std::string op;
  double flops = 0;
  double bytes = 0;  ///< from and to HBM; what L2 still holds is left out
  Duration time;
  TimeBucket bound = TimeBucket::Host;
  Provenance provenance = Provenance::Datasheet;
};

/// Where the time of a decode step goes (plan/step_profile.hpp).
struct StepProfile {
  std::int64_t batch = 0, context = 0;   ///< the run's typical decode step
  std::vector<StepPoint> by_batch;       ///< at `context`: 1, 2, 4, ... and max_num_seqs
  std::vector<StepPoint> by_context;     ///< at `batch`: powers of two up to max_model_len
  std::vector<OperatorPoint> operators;  ///< of the typical step
  double peak_flops = 0;                 ///< of one GPU, dense, multiplying `peak_dtype`
  double peak_bytes_per_s = 0;           ///< of one GPU
  std::string peak_dtype;                ///< in which most FLOPs of the typical step are done
  /// Smallest batch, at `context`, whose step spends at least as long in compute as in weights and
  /// kv; absent: none up to max_num_seqs.
  std::optional<std::int64_t> compute_bound_batch;
};

/// The HBM of one GPU, as vLLM divides it (PHYSICS 5; gpu_worker.determine_available_memory).
struct HbmBudget {
  Bytes total;      ///< what CUDA reports
  Bytes requested;  ///< total · gpu_memory_utilization
  Bytes weights;
  Bytes peak_activation;
  Bytes non_torch;
  Bytes cuda_graphs;
  Bytes available_kv;                    ///< what is left for KV blocks; negative when nothing is
  BytesPerToken kv_bytes_per_token;      ///< one copy, all layers, all GPUs of the replica
  Bytes kv_bytes_per_sequence_constant;  ///< one copy: full windows and states
  BytesPerToken kv_bytes_per_token_per_gpu;  ///< what one GPU stores for one token
  Bytes block_bytes;                         ///< one block on one GPU
  std::int64_t num_gpu_blocks = 0;  ///< block 0 is vLLM's null block, so one less is usable
  std::int64_t usable_blocks = 0;
  std::int64_t blocks_per_sequence = 0;  ///< that one of max_model_len holds at most
  std::int64_t kv_cache_tokens = 0;      ///< of sequences of max_model_len that fill the pool
  std::int64_t max_model_len = 0;
  double max_concurrency = 0;  ///< sequences of max_model_len that fit at once
};

struct BandwidthReport {
  BytesPerSecond peak_per_gpu;      ///< of pools on average
  double hbm_utilization = 0;       ///< bytes read / (peak · duration), idle time included
  double hbm_utilization_busy = 0;  ///< the same over busy time only
};

/// What the GPUs cost for as long as the run took, idle or not (reports/decisions/0015).
/// Per million tokens; absent where there are no such tokens.
struct Bill {
  GpuPrice price;
  double per_hour = 0;  ///< of all GPUs
  double total = 0;
  // All of it over these tokens alone, as if the others were free:
  std::optional<double> per_million_input, per_million_output, per_million_all;
  // Shared by the time that tokens took (RunMetrics::prompt_time); those found in the prefix cache
  // took none. The two add up to the total.
  std::optional<double> per_million_computed_input, per_million_answered;
  double saved_by_cache = 0;  ///< what the tokens found would have cost as computed input
};

/// Of all GPUs: busy time at the GPU's TDP, idle time at its idle_power. Nothing else of the
/// server.
struct EnergyReport {
  Provenance provenance = Provenance::Datasheet;
  bool idle_counted = false;  ///< whether somebody has said what an idle GPU draws
  double joules = 0;
  double mean_watts = 0;  ///< of one GPU
  std::optional<double> joules_per_output_token, joules_per_token;
};

struct CostReport {
  std::int64_t gpus = 0;
  double gpu_hours = 0;                ///< from time 0 to the last finish
  std::optional<Bill> bill;            ///< absent: the study gives no price for this GPU
  std::optional<EnergyReport> energy;  ///< absent: the GPU's file says no tdp
};

/// Requests that arrive in one window of time.
struct RateWindow {
  Duration start;
  std::int64_t requests = 0;
  double rate = 0;  ///< requests per second of the window; the last one may not be full
  std::int64_t prompt_tokens = 0, output_tokens = 0;
};

/// What is asked of the cluster over time (plan/rate_profile.hpp).
struct OfferedRate {
  Duration window;
  std::vector<RateWindow> windows;
  double mean_rate = 0, peak_rate = 0;  ///< requests per second
  Duration peak_start;                  ///< of the window with the peak
};

struct CardUse {
  std::string card;
  std::string op;
  Provenance provenance = Provenance::Datasheet;
  std::string source;
  Duration time;                     ///< simulated time that this card priced, all replicas
  std::optional<double> mean_error;  ///< to expect of one call; absent: nobody has measured it
};

struct Interval {
  std::string metric;
  double low = 0, high = 0, confidence = 0;
};

/// What the intervals of a run rest on (plan/replicate.hpp).
struct Replication {
  std::int64_t replicates = 0;
  double confidence = 0;
  double truncated_share = 0;   ///< of busy time; where a draw was faster than the GPU's peaks
  std::int64_t overloaded = 0;  ///< replicates whose queue grew as long as requests arrived
  std::int64_t completed = 0;   ///< requests, in all of them
  std::int64_t computed_tokens = 0;
};

/// A mean or percentile of requests that came after the warm-up, and where it is in the long run.
struct SteadyStatistic {
  std::string metric;  ///< "p99_ttft_ms"
  double value = 0, low = 0;
  std::optional<double> high;  ///< absent: the run is too short for an upper end
};

/// What latencies have to say once a run has warmed up (plan/steady_state.hpp).
struct SteadyState {
  std::string why_not;  ///< why nothing is told of it; empty: it is
  double confidence = 0;
  std::int64_t warm_up_requests = 0;  ///< the first, which are left out
  Duration warm_up;                   ///< until the first arrival that counts
  std::int64_t judged_requests = 0;   ///< that were looked at
  std::int64_t one_in = 1;            ///< of how many one was looked at
  std::vector<SteadyStatistic> statistics;
};

/// A request that was refused, with the reason; only the first few are kept.
struct Refusal {
  RequestId id;
  std::string reason;
};

/// What one pool did (RunSpec::pools); latencies are those of the requests that it served.
struct PoolResult {
  std::string name;
  RunSpec spec;  ///< as if it were alone
  RunMetrics metrics;
  HbmBudget memory;
  BandwidthReport bandwidth;
  CostReport cost;
};

struct RunResult {
  RunSpec spec;
  RunMetrics metrics;
  HbmBudget memory;  ///< with pools: of the first
  BandwidthReport bandwidth;
  std::vector<PoolResult> pools{};  ///< of spec.pools
  KvSeries kv_series;
  std::optional<CostReport> cost;           ///< absent: not asked for
  std::optional<OfferedRate> offered;       ///< absent: the rate does not vary by itself
  std::optional<PrefixCurve> prefix_curve;  ///< absent: no prefix can be found twice
  std::optional<StepProfile> step_profile;  ///< absent: nobody asked, or the model does not fit
  std::vector<CardUse> cards;
  std::vector<Interval> intervals;  ///< empty without replicates
  std::optional<Replication> replication;
  std::optional<SteadyState> steady_state;  ///< absent: not asked for
  std::vector<Refusal> refusals;
  std::vector<std::string> notes;  ///< what a reader should know about this run
  double wall_seconds = 0;         ///< real time of the simulation; in manifest.json only
};

}  // namespace kvsim::spec
