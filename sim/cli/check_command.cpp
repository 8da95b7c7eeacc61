// kvsim check: everything that run would refuse, and what it would do; writes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/base/units.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/loading.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/memory/hbm_budget.hpp"
#include "sim/plan/run_cost.hpp"
#include "sim/report/resolved_spec.hpp"
#include "sim/spec/cuda_graphs.hpp"
#include "sim/workload/request_source.hpp"

namespace kvsim::cli {
namespace {

std::string estimate(const spec::StudySpec& study) {
  double seconds = 0;
  for (const spec::RunSpec& run : study.runs) {
    const auto cost = plan::expected_cost(run);
    if (!cost) {
      return "as long as its trace";
    }
    seconds += cost->seconds;
  }
  return fmt::format("about {} on one core", format_time(seconds));
}

// What a profile, a GPU and the study make of the engine, one key per line, for runs alike
// together.
void print_engines(const spec::StudySpec& study) {
  std::vector<std::pair<nlohmann::ordered_json, std::vector<std::string>>> engines;
  for (const spec::RunSpec& run : study.runs) {
    nlohmann::ordered_json engine = report::resolved_json(run)["engine"];
    engine["cudagraph_capture_sizes"] = spec::capture_sizes(run.engine);  // as used
    const auto known = std::find_if(engines.begin(), engines.end(),
                                    [&](const auto& each) { return each.first == engine; });
    if (known == engines.end()) {
      engines.push_back({std::move(engine), {run.id}});
    } else {
      known->second.push_back(run.id);
    }
  }
  for (const auto& [engine, runs] : engines) {
    fmt::print("\nengine of {}{}:\n", runs.front(),
               runs.size() > 1 ? fmt::format(" and {} more", runs.size() - 1) : "");
    for (const auto& [key, value] : engine.items()) {
      fmt::print("  {}: {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
}

}  // namespace

int check_study(const RunOptions& options) {
  const spec::StudySpec study = load(options);
  std::vector<std::vector<std::string>> rows;
  for (const spec::RunSpec& run : study.runs) {
    // Opens the trace: it must be there, and its first request must make sense.
    static_cast<void>(workload::make_source(run.workload, run.seed));
    const spec::HbmBudget budget = memory::hbm_budget(run.model, run.cluster.gpu, run.engine);
    rows.push_back({run.id, run.model.name,
                    fmt::format("{} x {} x {}", run.cluster.replicas,
                                run.engine.tensor_parallel_size, run.cluster.gpu.name),
                    fmt::format("{}", budget.kv_bytes_per_token.value()),
                    format_bytes_binary(static_cast<double>(budget.weights.value())),
                    fmt::format("{}", budget.kv_cache_tokens),
                    fmt::format("{:.2f}", budget.max_concurrency)});
  }
  fmt::print("{}", text_table({"run", "model", "replicas x TP x GPU", "KV B/token", "weights/GPU",
                               "KV tokens", "max_model_len fits"},
                              rows));
  print_engines(study);
  fmt::print("\n{} is valid: {} run(s), {}. Nothing was simulated or written.\n", study.name,
             study.runs.size(), estimate(study));
  return kOk;
}

}  // namespace kvsim::cli
