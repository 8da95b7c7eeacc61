#include "sim/spec/metric_words.hpp"

namespace kvsim::spec {
namespace {

std::vector<MetricWord> latencies() {
  return {
      {"ttft",
       "ms",
       "time to first token: from a request's arrival to its first output token",
       "ttft = t(first token) - t(arrival), queueing included",
       "metrics.{mean,median,p90,p95,p99,p99_9,std}_ttft_ms",
       {{"vLLM", "ttft"},
        {"SGLang", "ttft"},
        {"AIPerf", "time_to_first_token"},
        {"GuideLLM", "time_to_first_token_ms"},
        {"MLPerf", "ttft_latency, a limit on its p99"}}},
      {"tpot",
       "ms",
       "time per output token after the first, one value per request",
       "tpot = (e2el - ttft) / (output_tokens - 1); requests with one output token are left out, "
       "and count as 0 ms for goodput",
       "metrics.{mean,median,p90,p95,p99,p99_9,std}_tpot_ms",
       {{"vLLM", "tpot"},
        {"SGLang", "tpot"},
        {"AIPerf", "inter_token_latency (its ITL is this formula)"},
        {"GuideLLM",
         "inter_token_latency_ms; its time_per_output_token_ms = (last - start) / output_tokens "
         "includes the first token, so do not compare that one"},
        {"MLPerf", "tpot_latency, a limit on its p99"}}},
      {"itl",
       "ms",
       "inter-token latency: all gaps between output tokens, of all requests pooled",
       "itl = t(token i+1) - t(token i), every gap one sample: long answers weigh more than in "
       "tpot",
       "metrics.{mean,median,p90,p95,p99,p99_9,std}_itl_ms",
       {{"vLLM", "itl"},
        {"SGLang", "itl"},
        {"AIPerf", "inter_chunk_latency (its inter_token_latency is tpot)"},
        {"GuideLLM", "none (its inter_token_latency_ms is tpot)"}}},
      {"e2el",
       "ms",
       "end-to-end latency: from a request's arrival to its last token",
       "e2el = t(last token) - t(arrival) = ttft + tpot * (output_tokens - 1)",
       "metrics.{mean,median,p90,p95,p99,p99_9,std}_e2el_ms",
       {{"vLLM", "e2el"},
        {"SGLang", "e2e_latency"},
        {"AIPerf", "request_latency"},
        {"GuideLLM", "request_latency"},
        {"MLPerf", "target_latency"}}},
      {"queue",
       "ms",
       "time until the scheduler first runs a request; part of ttft",
       "queue = t(first scheduled) - t(arrival)",
       "metrics.{mean,median,p90,p95,p99,p99_9,std}_queue_ms",
       {{"vLLM", "vllm:request_queue_time_seconds (Prometheus)"}}},
      {"interactivity",
       "tokens/s per user",
       "how fast one user sees tokens come",
       "mean_interactivity = 1000 / mean_tpot_ms",
       "metrics.mean_interactivity",
       {{"AIPerf", "output_token_throughput_per_user = 1 / inter_token_latency"},
        {"InferenceX", "median_intvty, p99_intvty"}}},
  };
}

std::vector<MetricWord> throughputs() {
  return {
      {"request_throughput",
       "requests/s",
       "finished requests per second",
       "completed / duration; the duration ends with the last finish",
       "metrics.request_throughput",
       {{"vLLM", "request_throughput"},
        {"SGLang", "request_throughput"},
        {"AIPerf", "request_throughput"},
        {"GuideLLM", "requests_per_second"}}},
      {"request_goodput",
       "requests/s",
       "finished requests per second that kept every limit of slo:",
       "requests with ttft, tpot and e2el each <= its limit, divided by duration; null without "
       "slo:",
       "metrics.request_goodput",
       {{"vLLM", "request_goodput, --goodput ttft:2000 tpot:50 in ms"},
        {"AIPerf", "goodput, --goodput \"time_to_first_token:2000 inter_token_latency:50\""},
        {"MLPerf", "a run is valid or not: p99 ttft and p99 tpot within their limits"}}},
      {"output_throughput",
       "tokens/s",
       "output tokens per second, all requests",
       "total_output_tokens / duration",
       "metrics.output_throughput",
       {{"vLLM", "output_throughput"},
        {"SGLang", "output_throughput"},
        {"AIPerf", "output_token_throughput"},
        {"GuideLLM", "output_tokens_per_second"},
        {"MLPerf", "tokens/s"}}},
      {"total_token_throughput",
       "tokens/s",
       "prompt and output tokens per second",
       "(total_input_tokens + total_output_tokens) / duration",
       "metrics.total_token_throughput",
       {{"vLLM", "total_token_throughput"},
        {"GuideLLM", "tokens_per_second"},
        {"InferenceX", "tput_per_gpu is this, divided by the GPUs"}}},
      {"max_concurrent_requests",
       "requests",
       "most requests in the system at once",
       "maximum over time of waiting + running, all replicas",
       "metrics.max_concurrent_requests",
       {{"vLLM", "max_concurrent_requests"}}},
  };
}

std::vector<MetricWord> memory_and_time() {
  return {
      {"kv_cache_usage_perc",
       "0 to 1",
       "share of the KV blocks that are in use",
       "blocks in use / usable blocks; mean over time, p99 over time, maximum",
       "metrics.kv_cache_usage_perc.{mean,p99,max}",
       {{"vLLM", "vllm:kv_cache_usage_perc (Prometheus)"}}},
      {"num_preemptions",
       "count",
       "how often a running request lost its KV blocks and began again",
       "evictions by recomputation, all replicas",
       "metrics.num_preemptions",
       {{"vLLM", "vllm:num_preemptions (Prometheus)"}}},
      {"num_requests_running",
       "count",
       "requests that hold a seat in the batch, over time",
       "just before each sample, all replicas; one whose end is noticed a step late keeps its seat",
       "kv_cache_over_time.num_requests_running",
       {{"vLLM", "vllm:num_requests_running (Prometheus)"}}},
      {"num_requests_waiting",
       "count",
       "requests that wait for a seat, over time",
       "just before each sample, all replicas: arrived or preempted, and without a seat",
       "kv_cache_over_time.num_requests_waiting",
       {{"vLLM", "vllm:num_requests_waiting (Prometheus)"}}},
      {"prefix_cache_hit_rate",
       "0 to 1",
       "share of the prompt tokens found in the prefix cache",
       "hit tokens / queried tokens",
       "metrics.prefix_cache_hit_rate",
       {{"vLLM", "vllm:prefix_cache_hits / vllm:prefix_cache_queries (Prometheus)"}}},
      {"prefix_cache_queries",
       "tokens",
       "tokens that were looked for in the prefix cache",
       "prompt tokens of requests when they are first scheduled",
       "metrics.prefix_cache_queries",
       {{"vLLM", "vllm:prefix_cache_queries (Prometheus)"}}},
      {"prefix_cache_hits",
       "tokens",
       "tokens that were found in the prefix cache",
       "of prefix_cache_queries, tokens in full blocks that were there",
       "metrics.prefix_cache_hits",
       {{"vLLM", "vllm:prefix_cache_hits (Prometheus)"}}},
      {"prefix_cache_block_hit_rate", "0 to 1",
       "share of the prompts' blocks found in the prefix cache",
       "blocks found / blocks of the prompts, begun ones too",
       "metrics.prefix_cache_block_hit_rate"},
      {"hbm_bytes_read", "bytes", "what all GPUs read from HBM during the run",
       "sum over steps and operators of weights, KV cache and activations read; "
       "weight_bytes_read and kv_bytes_read are parts of it",
       "metrics.hbm_bytes_read"},
      {"hbm_utilization",
       "0 to 1",
       "share of the peak HBM bandwidth that was used",
       "hbm_bytes_read / (peak bandwidth * GPUs * duration); _busy: over busy time only",
       "bandwidth.hbm_utilization, bandwidth.hbm_utilization_busy",
       {{"GPU vendors", "memory bandwidth utilisation (MBU)"}}},
      {"time_share", "0 to 1 each", "where the time of a step goes",
       "each operator's time, counted under what bounds it: weights, kv, compute, collective, "
       "host; idle is the rest; they sum to 1",
       "metrics.time_share.{weights,kv,compute,collective,host,idle}"},
      {"stability", "word", "whether the queue stays bounded at this rate",
       "stable: it does not grow; backlogged: it empties only after the last arrival; overloaded: "
       "it grows as long as requests arrive (of conversations: as long as they begin), so "
       "latencies "
       "depend on the run's length",
       "metrics.stability"},
  };
}

std::vector<MetricWord> cost_and_energy() {
  return {
      {"cost_per_hour", "the study's currency", "what all GPUs cost an hour, used or not",
       "GPUs * prices.gpu_hour of that GPU; null without a price", "cost.bill.per_hour"},
      {"cost_per_million_output_tokens", "the study's currency",
       "the whole bill, idle time included, over output tokens alone",
       "GPUs * duration * price / total_output_tokens * 10^6; per_million_input_tokens and "
       "per_million_tokens divide the same bill by other tokens",
       "cost.bill.per_million_output_tokens"},
      {"shared_cost_per_million_tokens", "the study's currency",
       "input and output tokens, each with its share of the bill",
       "a step's time is shared by the tokens it computes, each alike; bill * share of busy time / "
       "tokens * 10^6, input tokens without those found in the prefix cache, which cost nothing",
       "cost.bill.shared.{per_million_input_tokens,per_million_cached_tokens,"
       "per_million_output_tokens}"},
      {"cost_saved_by_cache", "the study's currency",
       "what tokens found in the prefix cache would have cost as computed input",
       "prefix_cache_hits * shared cost of an input token", "cost.bill.saved_by_cache"},
      {"gpu_hours", "h", "GPUs times the run's duration", "num_gpus * duration / 3600",
       "cost.gpu_hours"},
      {"joules_per_output_token",
       "J",
       "energy of all GPUs over output tokens: an estimate from the datasheet",
       "(TDP * busy GPU time + idle_power * idle GPU time) / total_output_tokens; without "
       "idle_power, idle time counts as nothing; joules_per_token: over input and output tokens",
       "cost.energy.joules_per_output_token, cost.energy.joules_per_token",
       {{"MLPerf", "its power runs measure whole systems, so do not compare"}}},
      {"offered_rate", "requests/s", "requests that arrive in windows of one length",
       "requests of a window / its length; mean_rate: all requests / all windows; peak_rate: the "
       "largest of a window. Where a rate varies: stages, sine, traces",
       "offered_rate.{mean_rate,peak_rate,requests,prompt_tokens,output_tokens}"},
  };
}

}  // namespace

std::span<const MetricWord> metric_words() {
  static const std::vector<MetricWord> kWords = [] {
    std::vector<MetricWord> all = latencies();
    for (auto* part : {throughputs, memory_and_time, cost_and_energy}) {
      const std::vector<MetricWord> more = part();
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return kWords;
}

}  // namespace kvsim::spec
