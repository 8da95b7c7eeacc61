#include "sim/plan/pareto.hpp"

#include <algorithm>
#include <array>

namespace kvsim::plan {
namespace {

/// The larger the better.
using Merits = std::array<double, 3>;

Merits merits_of(const spec::PlanPoint& point) {
  return {-point.cost_per_hour.value_or(static_cast<double>(point.gpus)), point.tokens_per_gpu,
          point.interactivity};
}

bool beats(const Merits& a, const Merits& b) {
  return a != b && std::equal(a.begin(), a.end(), b.begin(), std::greater_equal<>());
}

}  // namespace

void mark_front(std::vector<spec::PlanLayout>& layouts) {
  std::vector<Merits> all;
  for (const spec::PlanLayout& layout : layouts) {
    if (layout.best) {
      all.push_back(merits_of(layout.points[*layout.best]));
    }
  }
  for (spec::PlanLayout& layout : layouts) {
    layout.on_front = layout.best && std::none_of(all.begin(), all.end(), [&](const Merits& other) {
                        return beats(other, merits_of(layout.points[*layout.best]));
                      });
  }
}

}  // namespace kvsim::plan
