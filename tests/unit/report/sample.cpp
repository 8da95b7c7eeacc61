#include "tests/unit/report/sample.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvsim::report::sample {
namespace {

using namespace kvsim::literals;

spec::LatencySummary latency(double scale) {
  return {.count = 400,
          .mean = scale,
          .median = scale * 0.9,
          .p90 = scale * 1.5,
          .p95 = scale * 2,
          .p99 = scale * 4,
          .p99_9 = scale * 8,
          .std = scale * 0.5,
          .exact = true,
          .percentiles = {{1, scale * 0.3},
                          {5, scale * 0.4},
                          {10, scale * 0.5},
                          {25, scale * 0.7},
                          {50, scale * 0.9},
                          {75, scale * 1.2},
                          {90, scale * 1.5},
                          {95, scale * 2},
                          {99, scale * 4},
                          {99.9, scale * 8}}};
}

void fill_spec(spec::RunSpec& spec) {
  spec.id = "base";
  spec.variant = "base";
  spec.model.name = "llama-3.1-8b";
  spec.cluster.gpu.name = "h100-sxm";
  spec.cluster.gpu.hbm.bandwidth = BytesPerSecond(3.35e12);
  spec.cluster.gpu.hbm.capacity = 80_GB;
  spec.engine.profile = "vllm-0.24";
  spec.workload.arrivals.emplace().request_rate = PerSecond(4);
  spec.workload.num_requests = 400;
  spec.slo.ttft.emplace().p99 = seconds(2);
  spec.slo.tpot.emplace().p99 = seconds(0.05);
}

void fill_metrics(spec::RunMetrics& m) {
  m.ttft = latency(50);
  m.tpot = latency(10);
  m.itl = latency(10.5);
  m.itl.exact = false;
  m.e2el = latency(2000);
  m.queue = latency(1);
  m.duration = seconds(100);
  m.completed = 400;
  m.total_input_tokens = 400'000;
  m.total_output_tokens = 80'000;
  m.request_throughput = 4;
  m.request_goodput = 3.96;
  m.output_throughput = 800;
  m.total_token_throughput = 4800;
  m.max_concurrent_requests = 24;
  m.max_running_requests = 20;
  m.kv_cache_usage_mean = 0.1;
  m.kv_cache_usage_p99 = 0.2;
  m.kv_cache_usage_max = 0.25;
  m.num_steps = 9000;
  m.computed_tokens = 479'600;
  m.hbm_bytes_read = Int128{150'000'000'000'000};
  m.weight_bytes_read = Int128{140'000'000'000'000};
  m.kv_bytes_read = Int128{9'000'000'000'000};
  m.time_in = {seconds(40), seconds(10), seconds(5), seconds(0), seconds(5), seconds(40)};
  m.time_by_provenance = {seconds(45), seconds(0), seconds(9), seconds(6)};
}

// 2 · 32 layers · 8 heads · 128 wide · 2 B = 131072 B a token, 2 MiB a block of 16;
// 72 - 15 - 2 - 1 = 54 GiB hold 27648 blocks, one of them reserved: 27647 · 16 = 442352 tokens.
void fill_memory(spec::HbmBudget& m) {
  m.total = 79_GiB;
  m.requested = 72_GiB;
  m.weights = 15_GiB;
  m.peak_activation = 2_GiB;
  m.non_torch = 1_GiB;
  m.available_kv = 54_GiB;
  m.kv_bytes_per_token = BytesPerToken(131072);
  m.kv_bytes_per_token_per_gpu = BytesPerToken(131072);
  m.block_bytes = 2_MiB;
  m.num_gpu_blocks = 27'648;
  m.usable_blocks = 27'647;
  m.blocks_per_sequence = 8192;
  m.kv_cache_tokens = 442'352;
  m.max_model_len = 131'072;
  m.max_concurrency = 442'352.0 / 131'072.0;
}

// A step of 4 sequences: 8 ms of weights, and 1 ms of the rest; of 64, 8 of weights and 10.
void fill_over_time_and_step(spec::RunResult& result) {
  result.kv_series = {seconds(25),
                      {{10'000, 0, 10, 0, 0}, {20'000, 0, 20, 3, 0}, {5'000, 0, 5, 0, 1}, {}}};
  const auto point = [](std::int64_t batch, std::int64_t context, double kv, double compute) {
    return spec::StepPoint{
        batch, context, {seconds(0.008), seconds(kv), seconds(compute), {}, seconds(0.0005), {}}};
  };
  spec::StepProfile& profile = result.step_profile.emplace();
  profile.batch = 4;
  profile.context = 1100;
  profile.by_batch = {point(4, 1100, 0.0004, 0.0001), point(64, 1100, 0.0064, 0.0031)};
  profile.by_context = {point(4, 128, 0.0001, 0.0001), point(4, 2048, 0.0008, 0.0001)};
  profile.operators = {
      {"qkv", 4e9, 50e6, seconds(0.001), spec::TimeBucket::Weights, spec::Provenance::Measured},
      {"host", 0, 0, seconds(0.0005), spec::TimeBucket::Host, spec::Provenance::FittedElsewhere}};
  profile.peak_flops = 989e12;
  profile.peak_bytes_per_s = 3.35e12;
  profile.peak_dtype = "bf16";
  profile.compute_bound_batch = 300;
}

spec::RunResult variant(const std::string& name, std::int64_t kv_bytes, std::int64_t tokens,
                        double tpot_p99) {
  spec::RunResult result = run();
  result.spec.id = name;
  result.spec.variant = name;
  result.spec.model.name = "deepseek-v3";
  result.spec.overrides = {{"model.attention", "{variant: " + name + "}"}};
  result.spec.cluster.gpu.name = "h200-sxm";
  result.spec.engine.tensor_parallel_size = 8;
  result.memory.kv_bytes_per_token = BytesPerToken(kv_bytes);
  result.memory.kv_bytes_per_token_per_gpu =
      BytesPerToken(std::max(kv_bytes / 8, std::int64_t{70272}));
  result.memory.kv_cache_tokens = tokens;
  result.metrics.tpot.p99 = tpot_p99;
  return result;
}

}  // namespace

Duration seconds(double value) { return to_duration(Seconds(value)); }

spec::RunResult run() {
  spec::RunResult result;
  fill_spec(result.spec);
  fill_metrics(result.metrics);
  fill_memory(result.memory);
  fill_over_time_and_step(result);
  result.bandwidth = {BytesPerSecond(3.35e12), 0.4478, 0.7463};
  result.cards = {
      {"gemm-h100", "gemm", spec::Provenance::Measured, "own measurement", seconds(45), 0.0217},
      {"roofline", "moe", spec::Provenance::Datasheet, "https://example.org/datasheet", seconds(15),
       std::nullopt}};
  result.notes = {"max_model_len is the model's own limit"};
  result.wall_seconds = 0.25;
  return result;
}

StudyResults single(spec::RunResult run) { return {"one-run", {std::move(run)}, {}}; }

StudyResults four_variants() {
  StudyResults study{"mha-vs-mla", {}, {}};
  study.runs = {variant("MLA", 70'272, 1'200'000, 31.2), variant("GQA-8", 249'856, 900'000, 40),
                variant("MQA", 31'232, 1'200'000, 62), variant("MHA", 3'997'696, 60'000, 80)};
  study.runs[3].metrics.stability = spec::Stability::Overloaded;
  study.runs[3].metrics.output_throughput = 160;
  return study;
}

StudyResults rate_sweep() {
  StudyResults study{"rates", {}, {}};
  for (const int rate : {1, 2, 4, 8}) {
    spec::RunResult result = run();
    result.spec.id = fmt::format("base-{}", rate);
    result.spec.overrides = {{"workload.arrivals.request_rate", fmt::format("{}/s", rate)}};
    result.spec.workload.arrivals->request_rate = PerSecond(rate);
    result.metrics.output_throughput = 200.0 * rate;
    study.runs.push_back(result);
  }
  study.runs.back().metrics.stability = spec::Stability::Overloaded;
  return study;
}

}  // namespace kvsim::report::sample
