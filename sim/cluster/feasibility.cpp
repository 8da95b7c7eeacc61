#include "sim/cluster/feasibility.hpp"

#include <fmt/format.h>

#include "sim/memory/hbm_budget.hpp"
#include "sim/spec/contradictions.hpp"

namespace kvsim::cluster {

namespace {

void require_alike_feasible(const spec::RunSpec& run) {
  std::vector<Diagnostic> faults;
  for (const spec::Contradiction& each : spec::contradictions(run.model, run.engine)) {
    faults.push_back({.place = {fmt::format("run '{}'", run.id), 0, 0},
                      .message = each.message,
                      .path = std::string(each.paths.front()),
                      .source_line = {},
                      .notes = {each.way_out}});
  }
  if (!faults.empty()) {
    throw ConfigError(std::move(faults));
  }
  static_cast<void>(memory::hbm_budget(run.model, run.cluster.gpu, run.engine));
}

}  // namespace

void require_feasible(const spec::RunSpec& run) {
  for (const spec::RunSpec& pool : spec::by_pool(run)) {
    require_alike_feasible(pool);
  }
}

}  // namespace kvsim::cluster
