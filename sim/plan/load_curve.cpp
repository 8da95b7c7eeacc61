#include "sim/plan/load_curve.hpp"

#include <fmt/format.h>

#include <array>

#include "sim/plan/scaled_load.hpp"

namespace kvsim::plan {
namespace {

constexpr std::array<int, 6> kPercents = {25, 50, 75, 100, 125, 150};

// The override that says what `scaled` did; nothing where it is not one number.
std::optional<std::pair<std::string, std::string>> load_of(const spec::WorkloadSpec& workload) {
  if (workload.closed_loop) {
    return {{"workload.closed_loop.max_concurrency",
             std::to_string(workload.closed_loop->max_concurrency)}};
  }
  if (workload.arrivals && workload.arrivals->stages.empty()) {
    return {{"workload.arrivals.request_rate",
             fmt::format("{:g}/s", workload.arrivals->request_rate.value())}};
  }
  return std::nullopt;
}

}  // namespace

std::vector<spec::RunSpec> load_curve(const spec::RunSpec& run) {
  std::vector<spec::RunSpec> curve;
  for (const int percent : kPercents) {
    auto at = with_load(run, percent / 100.0);
    const auto load = at ? load_of(at->workload) : std::nullopt;
    if (!load) {
      return {run};
    }
    std::erase_if(at->overrides, [&](const auto& each) { return each.first == load->first; });
    at->overrides.push_back(*load);
    at->id = fmt::format("{}-load-{}", run.id, percent);
    curve.push_back(*std::move(at));
  }
  return curve;
}

}  // namespace kvsim::plan
