#include "tests/unit/report/plan_sample.hpp"

#include "tests/unit/report/sample.hpp"

namespace kvsim::report::sample {
namespace {

using spec::LayoutFate;
using spec::PlanAnswer;
using spec::PlanLayout;
using spec::PlanLimit;
using spec::PlanPoint;

PlanLimit limit(std::string metric, double most, double value, double low, double high) {
  const bool met = value <= most;
  return {std::move(metric), most, value, low, high, met, met ? high <= most : low > most};
}

PlanPoint point(std::int64_t replicas, std::int64_t gpus_per_replica, double tpot) {
  PlanPoint p;
  p.replicas = replicas;
  p.gpus = replicas * gpus_per_replica;
  p.request_rate = 50;
  p.limits = {limit("p99_ttft_ms", 2000, 1400, 1200, 1700),
              limit("p99_tpot_ms", 50, tpot, tpot * 0.95, tpot * 1.05)};
  p.meets = p.limits[1].met;
  p.sure = p.limits[1].sure;
  p.attainment = 0.995;
  p.output_throughput = 14'400;
  p.tokens_per_gpu = 14'400 / static_cast<double>(p.gpus);
  p.interactivity = 40;
  p.kv_cache_usage_max = 0.83;
  p.hbm_utilization_busy = 0.7;
  p.bound_by = "HBM bandwidth";
  p.requests = 3600;
  return p;
}

// 14 400 tokens/s are 51.84 M an hour: at $2.50, 40 GPUs are $100 an hour, $1.929 a million.
void price(PlanPoint& p) {
  p.cost_per_hour = 2.5 * static_cast<double>(p.gpus);
  p.cost_per_million_output = *p.cost_per_hour / (p.output_throughput * 3600 / 1e6);
}

PlanLayout layout(const char* gpu, int parallel, LayoutFate fate, std::string rule,
                  std::string reason) {
  PlanLayout l;
  l.choice = {{"cluster.gpu", gpu},
              {"engine.tensor_parallel_size", std::to_string(parallel)},
              {"engine.max_num_seqs", "128"}};
  l.gpu = gpu;
  l.gpus_per_replica = parallel;
  l.fate = fate;
  l.rule = std::move(rule);
  l.reason = std::move(reason);
  l.least_replicas = fate == LayoutFate::Refused ? 0 : 3;
  return l;
}

void try_at(PlanLayout& l, std::int64_t replicas, double tpot) {
  l.points.push_back(point(replicas, l.gpus_per_replica, tpot));
  price(l.points.back());
  if (l.points.back().meets) {
    l.best = l.points.size() - 1;
  }
}

spec::RunSpec run_of_plan(std::int64_t replicas) {
  spec::RunSpec run = sample::run().spec;
  run.model.name = "deepseek-v3";
  run.model.source = "deepseek-ai/DeepSeek-V3 config.json";
  run.cluster.gpu.name = "h200-sxm";
  run.cluster.replicas = replicas;
  run.engine.tensor_parallel_size = 8;
  run.engine.max_num_seqs = 128;
  run.engine.max_num_batched_tokens = 8192;
  run.engine.max_cudagraph_capture_size = 256;
  run.engine.enable_prefix_caching = true;
  run.price = spec::GpuPrice{2.5, "USD", "2026-11-01"};
  return run;
}

void ask(PlanAnswer& answer) {
  answer.id = answer.variant = "base";
  answer.plan.max_gpus = 64;
  answer.simulations = 9;
  answer.simulated_requests = 36'000;
}

}  // namespace

PlanAnswer plan() {
  PlanAnswer answer;
  ask(answer);
  const auto add = [&](PlanLayout l) -> PlanLayout& {
    answer.layouts.push_back(std::move(l));
    return answer.layouts.back();
  };
  add(layout("h100-sxm", 1, LayoutFate::Refused, "memory", "the weights need 685 GB of 80 GB"));
  add(layout("h200-sxm", 1, LayoutFate::Refused, "memory", "the weights need 685 GB of 141 GB"));
  PlanLayout& winner = add(layout("h200-sxm", 8, LayoutFate::Winner, "", ""));
  try_at(winner, 4, 61);
  try_at(winner, 5, 38);
  winner.on_front = true;
  PlanLayout& meets =
      add(layout("h200-sxm", 4, LayoutFate::Meets, "more GPUs", "needs 44 GPUs, the plan 40"));
  try_at(meets, 11, 45);
  PlanLayout& rejected = add(layout("h100-sxm", 8, LayoutFate::Rejected, "p99 TPOT",
                                    "p99 TPOT 90 ms of 50 ms with 5 replicas"));
  try_at(rejected, 5, 90);
  add(layout("h200-sxm", 2, LayoutFate::Pruned, "HBM bandwidth", "needs 24 replicas, 48 GPUs"));
  answer.winner = 2;
  answer.run = run_of_plan(5);
  answer.below = answer.layouts[2].points[0];
  answer.draws = {20, 18, 1, 4, 6};
  answer.sensitivity = {
      {"rate +20 %", 6, 48, 0}, {"rate -20 %", 4, 32, 0}, {"lengths +20 %", {}, {}, 0}};
  return answer;
}

PlanAnswer plan_of(const std::string& variant, std::int64_t replicas) {
  PlanAnswer answer = plan();
  answer.id = answer.variant = variant;
  answer.overrides = {{"model.attention", "{variant: " + variant + "}"}};
  PlanPoint& best = answer.layouts[2].points[1];
  best.replicas = replicas;
  best.gpus = 8 * replicas;
  best.tokens_per_gpu = best.output_throughput / static_cast<double>(best.gpus);
  price(best);
  answer.run->cluster.replicas = replicas;
  answer.run->overrides = answer.overrides;
  answer.below.reset();
  answer.draws = {};
  return answer;
}

PlanAnswer throughput_plan() {
  PlanAnswer answer;
  ask(answer);
  answer.plan.objective = spec::Objective::MaxThroughput;
  answer.plan.max_gpus = 16;
  answer.layouts = {layout("h200-sxm", 8, LayoutFate::Winner, "", "")};
  answer.layouts[0].points = {point(2, 8, 49), point(2, 8, 51)};
  answer.layouts[0].points[0].request_rate = 63;
  answer.layouts[0].points[1].request_rate = 64.26;
  answer.layouts[0].best = 0;
  answer.layouts[0].on_front = true;
  answer.winner = 0;
  answer.run = run_of_plan(2);
  answer.below = answer.layouts[0].points[1];
  answer.draws = {20, 11, 9, 58, 66};
  answer.sensitivity = {{"lengths +20 %", {}, {}, 52.5}};
  return answer;
}

PlanAnswer no_plan() {
  PlanAnswer answer;
  ask(answer);
  answer.layouts = {layout("h200-sxm", 8, LayoutFate::Rejected, "p99 TPOT", "61 ms of 50 ms"),
                    layout("h100-sxm", 8, LayoutFate::Refused, "memory", "685 GB do not fit")};
  try_at(answer.layouts[0], 8, 61);
  answer.miss = spec::PlanMiss{0, 0, {"a p99 TPOT limit of 61 ms", "max_num_seqs 64"}};
  return answer;
}

StudyResults planned(std::vector<PlanAnswer> plans) {
  return {"how-many", {}, {}, std::move(plans)};
}

}  // namespace kvsim::report::sample
