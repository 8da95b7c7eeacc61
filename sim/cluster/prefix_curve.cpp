#include "sim/cluster/prefix_curve.hpp"

#include <algorithm>
#include <cmath>

#include "sim/memory/hbm_budget.hpp"
#include "sim/memory/kv_manager.hpp"
#include "sim/memory/stack_distances.hpp"
#include "sim/workload/in_order.hpp"

namespace kvsim::cluster {
namespace {

constexpr std::int64_t kMostRequests = 100'000;  // they are remembered for ever
constexpr int kPoints = 96;
constexpr double kLeastShare = 1e-3;  // of what is enough: where the curve begins

double rate(const memory::StackDistances& distances, std::int64_t blocks) {
  const auto tokens = static_cast<double>(blocks * distances.block_size());
  return distances.queries() == 0 ? 0 : tokens / static_cast<double>(distances.queries());
}

// Evenly on a logarithmic axis, up to where more room finds no more.
std::vector<spec::PrefixCurve::Point> points_of(const memory::StackDistances& distances) {
  std::vector<spec::PrefixCurve::Point> points;
  const auto enough = static_cast<double>(distances.enough());
  for (int i = 0; i <= kPoints; ++i) {
    const double share = std::pow(kLeastShare, 1 - static_cast<double>(i) / kPoints);
    const auto blocks = std::llround(enough * share);
    if (points.empty() || points.back().capacity_tokens < blocks * distances.block_size()) {
      points.push_back({blocks * distances.block_size(), rate(distances, distances.hits(blocks))});
    }
  }
  return points;
}

}  // namespace

std::optional<spec::PrefixCurve> prefix_curve(const spec::RunSpec& run) {
  const memory::PagePlan plan = memory::plan_pages(run.model, run.engine);
  const memory::PrefixCaching caching = memory::prefix_caching(run.engine, plan);
  if (caching == memory::PrefixCaching::Off) {
    return std::nullopt;
  }
  memory::StackDistances distances(plan.groups.front().block_size,
                                   caching == memory::PrefixCaching::UnhashedFirst);
  bool any = false;
  const auto source = workload::make_source(run.workload, run.seed);
  workload::InOrder requests(*source);
  while (const std::optional<workload::Request> request =
             distances.requests() < kMostRequests ? requests.next() : std::nullopt) {
    any = any || request->content != nullptr;
    distances.add(request->content, request->prompt_tokens,
                  request->prompt_tokens + request->output_tokens - 1);
  }
  if (!any) {
    return std::nullopt;
  }
  distances.finish();
  std::int64_t blocks = 0;
  for (const spec::RunSpec& pool : spec::by_pool(run)) {
    blocks += memory::hbm_budget(pool.model, pool.cluster.gpu, pool.engine).usable_blocks *
              pool.cluster.replicas;
  }
  return spec::PrefixCurve{.requests = distances.requests(),
                           .points = points_of(distances),
                           .capacity_tokens = blocks * distances.block_size(),
                           .hit_rate_at_capacity = rate(distances, distances.hits(blocks)),
                           .ideal_hit_rate = rate(distances, distances.most_hits()),
                           .enough_tokens = distances.enough() * distances.block_size()};
}

}  // namespace kvsim::cluster
