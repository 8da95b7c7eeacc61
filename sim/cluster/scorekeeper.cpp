#include "sim/cluster/scorekeeper.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace kvsim::cluster {
namespace {

template <class Sample>
spec::LatencySummary summarise(Sample& sample, bool exact) {
  spec::LatencySummary summary;
  summary.count = sample.count();
  summary.mean = sample.mean_ms();
  summary.std = sample.std_ms();
  summary.exact = exact;
  const std::vector<double> answers = sample.percentiles_ms(spec::kPercentiles);
  const auto at = [&](double percent) {
    const auto place = std::find(spec::kPercentiles.begin(), spec::kPercentiles.end(), percent);
    return answers.at(static_cast<std::size_t>(place - spec::kPercentiles.begin()));
  };
  summary.median = at(50);
  summary.p90 = at(90);
  summary.p95 = at(95);
  summary.p99 = at(99);
  summary.p99_9 = at(99.9);
  for (const double percent : spec::kPercentiles) {
    if (sample.count() > 0) {
      summary.percentiles.push_back({percent, at(percent)});
    }
  }
  return summary;
}

bool below(Duration value, const std::optional<spec::LatencyLimit>& limit) {
  if (!limit) {
    return true;
  }
  for (const auto& each : {limit->mean, limit->median, limit->p90, limit->p95, limit->p99}) {
    if (each && value > *each) {
      return false;
    }
  }
  return true;
}

}  // namespace

void Scorekeeper::add(const spec::RequestRecord& record) {
  ttft_.add(record.ttft);
  e2el_.add(record.e2el);
  queue_.add(record.queue);
  if (record.output_tokens > 1) {
    tpot_.add(record.tpot);  // vLLM leaves requests with one output token out of TPOT
  }
  good_ += has_limits_ && within_limits(record) ? 1 : 0;
  input_tokens_ += record.prompt_tokens;
  output_tokens_ += record.output_tokens;
}

bool Scorekeeper::within_limits(const spec::RequestRecord& record) const {
  return below(record.ttft, slo_.ttft) && below(record.tpot, slo_.tpot) &&
         below(record.e2el, slo_.e2el);
}

void Scorekeeper::fill(spec::RunMetrics& metrics, Duration duration) {
  metrics.ttft = summarise(ttft_, ttft_.exact());
  metrics.tpot = summarise(tpot_, tpot_.exact());
  metrics.e2el = summarise(e2el_, e2el_.exact());
  metrics.queue = summarise(queue_, queue_.exact());
  metrics.duration = duration;
  metrics.completed = ttft_.count();
  metrics.total_input_tokens = input_tokens_;
  metrics.total_output_tokens = output_tokens_;
  const double seconds = to_seconds(duration).value();
  const auto per_second = [&](std::int64_t count) {
    return seconds > 0 ? static_cast<double>(count) / seconds : 0;
  };
  metrics.request_throughput = per_second(metrics.completed);
  metrics.output_throughput = per_second(output_tokens_);
  metrics.total_token_throughput = per_second(input_tokens_ + output_tokens_);
  if (has_limits_) {
    metrics.request_goodput = per_second(good_);
  }
}

void fill_from_ledger(spec::RunMetrics& metrics, const engine::Ledger& ledger, Duration duration,
                      std::int64_t replicas) {
  metrics.itl = summarise(ledger.itl, false);
  metrics.num_steps = ledger.steps;
  metrics.computed_tokens = ledger.computed_tokens;
  metrics.num_preemptions = ledger.preemptions;
  metrics.requests_with_content = ledger.with_content;
  metrics.prefix_cache_queries = ledger.prefix_queries;
  metrics.prefix_cache_hits = ledger.prefix_hits;
  if (ledger.prefix_queries > 0) {
    metrics.prefix_cache_hit_rate =
        static_cast<double>(ledger.prefix_hits) / static_cast<double>(ledger.prefix_queries);
    metrics.prefix_cache_block_hit_rate = static_cast<double>(ledger.prefix_hit_blocks) /
                                          static_cast<double>(ledger.prefix_query_blocks);
  }
  metrics.max_running_requests = ledger.max_running;
  metrics.kv_cache_usage_mean = ledger.usage.mean();
  metrics.kv_cache_usage_p99 = ledger.usage.percentile(99);
  metrics.kv_cache_usage_max = ledger.usage.max();
  metrics.weight_bytes_read = ledger.weight_bytes;
  metrics.kv_bytes_read = ledger.kv_bytes;
  metrics.hbm_bytes_read = metrics.weight_bytes_read + metrics.kv_bytes_read;
  Int128 busy = 0;
  for (std::size_t i = 0; i < ledger.time_in.size(); ++i) {
    metrics.time_in[i] = Duration(ledger.time_in[i]);
    busy += ledger.time_in[i];
  }
  const Duration idle = duration * replicas - Duration(busy);
  KVSIM_CHECK(idle >= Duration(), "replicas were busy for longer than the run lasted");
  metrics.time_in[static_cast<std::size_t>(spec::TimeBucket::Idle)] = idle;
  metrics.prompt_time = Duration(ledger.prompt_time);
  metrics.time_truncated = Duration(ledger.time_truncated);
  for (std::size_t i = 0; i < ledger.time_by_provenance.size(); ++i) {
    metrics.time_by_provenance[i] = Duration(ledger.time_by_provenance[i]);
  }
}

}  // namespace kvsim::cluster
