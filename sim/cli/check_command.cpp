// kvsim check: everything that run would refuse, and what it would do; writes nothing.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/base/units.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/loading.hpp"
#include "sim/cli/text_table.hpp"
#include "sim/cluster/feasibility.hpp"
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

std::vector<spec::RunSpec> pools_of_runs(const spec::StudySpec& study) {
  std::vector<spec::RunSpec> all;
  for (const spec::RunSpec& run : study.runs) {
    const std::vector<spec::RunSpec> pools = spec::by_pool(run);
    all.insert(all.end(), pools.begin(), pools.end());
  }
  return all;
}

// What a profile, a GPU and the study make of the engine, one key per line, for runs alike
// together.
void print_engines(const spec::StudySpec& study) {
  std::vector<std::pair<nlohmann::ordered_json, std::vector<std::string>>> engines;
  for (const spec::RunSpec& run : pools_of_runs(study)) {
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

bool can_be_laid_out(const spec::RunSpec& run) {
  try {
    cluster::require_feasible(run);
    return true;
  } catch (const ConfigError&) {
    return false;
  } catch (const DoesNotFit&) {
    return false;
  }
}

// Of a plan a layout that does not fit is no mistake: the search leaves it out.
int check_plan(const spec::PlanStudy& all) {
  std::vector<std::vector<std::string>> rows;
  std::size_t layouts = 0;
  for (const spec::PlanQuestion& question : all.questions) {
    const spec::RunSpec& first = question.layouts.front().run;
    static_cast<void>(workload::make_source(first.workload, first.seed));
    const auto fit =
        std::count_if(question.layouts.begin(), question.layouts.end(),
                      [](const spec::Layout& layout) { return can_be_laid_out(layout.run); });
    layouts += question.layouts.size();
    rows.push_back({question.id, first.model.name, fmt::format("{}", question.layouts.size()),
                    fmt::format("{}", fit)});
  }
  fmt::print("{}", text_table({"question", "model", "layouts", "of them fit"}, rows));
  fmt::print(
      "\n{} is valid: {} question(s), {}, {} layout(s) to search by kvsim plan. Nothing was "
      "simulated or written.\n",
      all.study.name, all.questions.size(),
      spec::name_of(all.plan.objective, spec::kObjectiveNames), layouts);
  return kOk;
}

}  // namespace

int check_study(const RunOptions& options) {
  if (const auto plan = load_plan_if_any(options)) {
    return check_plan(*plan);
  }
  const spec::StudySpec study = load(options);
  std::vector<std::vector<std::string>> rows;
  for (const spec::RunSpec& run : study.runs) {
    // Opens the trace: it must be there, and its first request must make sense.
    static_cast<void>(workload::make_source(run.workload, run.seed));
  }
  for (const spec::RunSpec& run : pools_of_runs(study)) {
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
