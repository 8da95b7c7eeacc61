#include "sim/report/vllm_json.hpp"

#include <fmt/format.h>

#include "sim/report/json_values.hpp"

namespace kvsim::report {
namespace {

// vLLM writes "inf" when all requests are sent at once or as fast as clients come free.
Json request_rate(const spec::WorkloadSpec& workload) {
  const bool paced =
      workload.arrivals && workload.arrivals->process != spec::ArrivalProcess::AllAtOnce;
  if (paced) {
    return json_number(workload.arrivals->request_rate.value());
  }
  return workload.trace && !workload.closed_loop && !workload.arrivals ? Json(nullptr)
                                                                       : Json("inf");
}

Json burstiness(const spec::WorkloadSpec& workload) {
  const bool gamma = workload.arrivals && workload.arrivals->process == spec::ArrivalProcess::Gamma;
  return json_number(gamma ? workload.arrivals->burstiness : 1.0);
}

void add_setup(Json& json, const spec::RunResult& run) {
  const spec::WorkloadSpec& workload = run.spec.workload;
  json["date"] = nullptr;  // same study, same bytes
  json["endpoint_type"] = "kvsim";
  json["backend"] = "kvsim";
  json["label"] = nullptr;
  json["model_id"] = run.spec.model.name;
  json["tokenizer_id"] = run.spec.model.name;
  json["num_prompts"] = run.metrics.completed + run.metrics.refused;
  json["request_rate"] = request_rate(workload);
  json["burstiness"] = burstiness(workload);
  json["max_concurrency"] =
      workload.closed_loop ? Json(workload.closed_loop->max_concurrency) : Json(nullptr);
}

void add_totals(Json& json, const spec::RunMetrics& m) {
  json["duration"] = json_number(to_seconds(m.duration).value());
  json["completed"] = m.completed;
  json["failed"] = m.refused;
  json["total_input_tokens"] = m.total_input_tokens;
  json["total_output_tokens"] = m.total_output_tokens;
  json["request_throughput"] = json_number(m.request_throughput);
  json["request_goodput"] = json_number(m.request_goodput);
  json["output_throughput"] = json_number(m.output_throughput);
  json["total_token_throughput"] = json_number(m.total_token_throughput);
  json["max_output_tokens_per_s"] = nullptr;
  json["max_concurrent_requests"] = m.max_concurrent_requests;
}

void add_latency_as_vllm(Json& json, std::string_view metric, const spec::LatencySummary& summary) {
  const auto add = [&](std::string_view statistic, double value) {
    json[fmt::format("{}_{}_ms", statistic, metric)] = json_number(value);
  };
  add("mean", summary.mean);
  add("median", summary.median);
  add("std", summary.std);
  add("p90", summary.p90);
  add("p95", summary.p95);
  add("p99", summary.p99);
  add("p99.9", summary.p99_9);
}

}  // namespace

std::string vllm_json(const spec::RunResult& run) {
  Json json = Json::object();
  add_setup(json, run);
  add_totals(json, run.metrics);
  add_latency_as_vllm(json, "ttft", run.metrics.ttft);
  add_latency_as_vllm(json, "tpot", run.metrics.tpot);
  add_latency_as_vllm(json, "itl", run.metrics.itl);
  add_latency_as_vllm(json, "e2el", run.metrics.e2el);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace kvsim::report
