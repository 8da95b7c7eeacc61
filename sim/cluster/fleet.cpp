#include "sim/cluster/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cluster/run_cost.hpp"
#include "sim/cluster/run_summary.hpp"
#include "sim/memory/hbm_budget.hpp"

namespace kvsim::cluster {
namespace {

SimTime ready_time(const spec::RunSpec& pool) { return SimTime() + pool.cluster.startup_delay; }

}  // namespace

Fleet::Fleet(const spec::RunSpec& run, const std::vector<spec::CardSpec>& cards,
             engine::Stepper stepper)
    : run_(run) {
  const std::vector<spec::RunSpec> alone = spec::by_pool(run);
  for (std::size_t i = 0; i < alone.size(); ++i) {
    const spec::RunSpec& pool = alone[i];
    const spec::HbmBudget budget = memory::hbm_budget(pool.model, pool.cluster.gpu, pool.engine);
    pools_.push_back({run.pools.empty() ? "" : run.pools[i].name, pool, budget,
                      std::make_shared<engine::PriceList>(std::make_shared<cost::StepPricer>(
                          pool.model, pool.cluster.gpu, pool.engine, cards, pool.draw)),
                      Scorekeeper(run.slo), engine::Ledger(budget.usable_blocks), 0, 0});
  }
  pool_of_ = spec::pools_of_replicas(alone);
  for (const std::size_t i : pool_of_) {
    Pool& pool = pools_[i];
    if (replicas_.empty() || pool_of_[replicas_.size() - 1] != i) {
      pool.first = replicas_.size();
    }
    replicas_.emplace_back(ReplicaId(static_cast<std::int32_t>(replicas_.size())), pool.run.engine,
                           pool.budget, memory::plan_pages(pool.run.model, pool.run.engine),
                           pool.prices, stepper);
  }
}

SimTime Fleet::ready() const { return ready_time(pools_[pool_of_.front()].run); }

std::vector<RoutedReplica> Fleet::routed() const {
  std::vector<RoutedReplica> all;
  for (const std::size_t i : pool_of_) {
    const Pool& pool = pools_[i];
    all.push_back({ready_time(pool.run), pool.budget.kv_cache_tokens, pool.budget.usable_blocks});
  }
  return all;
}

void Fleet::add_refusal(const engine::Replica& refuser, const engine::Incoming& request) {
  const std::size_t own = pool_of_[static_cast<std::size_t>(refuser.id().value())];
  ++pools_[own].refused;
  const auto would_take = [&](const Pool& pool) { return !replicas_[pool.first].refuses(request); };
  if (pools_.size() > 1 && std::any_of(pools_.begin(), pools_.end(), would_take)) {
    ++refused_by_pool_;
  }
}

void Fleet::close(SimTime end, spec::RunResult& result) {
  const Duration duration = end - SimTime();
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    replicas_[i].close(end);
    pools_[pool_of_[i]].ledger.merge(replicas_[i].ledger());
  }
  engine::Ledger all(pools_.front().budget.usable_blocks);
  for (Pool& pool : pools_) {
    pool.prices->write_down(pool.ledger);
    pool.ledger.weight_bytes *= pool.run.engine.tensor_parallel_size;
    pool.ledger.kv_bytes *= pool.run.engine.tensor_parallel_size;
    all.merge(pool.ledger);
    add_cards_used(result.cards, pool.prices->pricer(), pool.ledger);
  }
  fill_from_ledger(result.metrics, all, duration, run_.cluster.replicas);
  result.memory = pools_.front().budget;
  result.kv_series = all.series.series();
  if (pools_.size() == 1) {
    result.bandwidth = bandwidth_report(result.metrics, run_);
    result.cost = cost_report(run_, result.metrics);
    return;
  }
  for (Pool& pool : pools_) {
    result.pools.push_back(result_of(pool, duration));
  }
  result.bandwidth = bandwidth_report(result.pools);
  result.cost = cost_report(run_, result.metrics, result.pools);
}

void Fleet::add_notes(std::vector<std::string>& notes) const {
  if (refused_by_pool_ > 0) {
    notes.push_back(
        fmt::format("{} of the requests that were refused would have fit into another pool: the "
                    "router does not look at lengths.",
                    refused_by_pool_));
  }
}

spec::PoolResult Fleet::result_of(Pool& pool, Duration duration) {
  spec::PoolResult result{.name = pool.name,
                          .spec = pool.run,
                          .metrics = {},
                          .memory = pool.budget,
                          .bandwidth = {},
                          .cost = {}};
  pool.scores.fill(result.metrics, duration);
  fill_from_ledger(result.metrics, pool.ledger, duration, pool.run.cluster.replicas);
  result.metrics.refused = pool.refused;
  result.bandwidth = bandwidth_report(result.metrics, pool.run);
  result.cost = cost_report(pool.run, result.metrics);
  return result;
}

}  // namespace kvsim::cluster
