#include "sim/plan/nearest_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kvsim::plan {
namespace {

// The first refused layout explains a search in which nothing was simulated.
std::size_t nearest_layout(const std::vector<LayoutRace>& races) {
  const auto distance = [](const LayoutRace& race) {
    const spec::PlanPoint* nearest = race.nearest();
    return std::pair(nearest == nullptr, nearest != nullptr
                                             ? worst_ratio(*nearest)
                                             : std::numeric_limits<double>::infinity());
  };
  const auto nearest = std::min_element(
      races.begin(), races.end(),
      [&](const LayoutRace& a, const LayoutRace& b) { return distance(a) < distance(b); });
  return static_cast<std::size_t>(nearest - races.begin());
}

// A little more than was seen, in two figures.
std::string rounded_up(double ms) {
  const double unit = std::pow(10.0, std::floor(std::log10(ms)) - 1);
  return fmt::format("{:g} ms", std::ceil(ms / unit) * unit);
}

std::vector<std::string> ways_out(const spec::PlanPoint& point, const spec::PlanSpec& plan) {
  std::vector<std::string> ways;
  if (!point.overloaded) {
    for (const spec::PlanLimit& limit : point.limits) {
      if (!limit.met) {
        ways.push_back(fmt::format("a limit of {} on {}", rounded_up(limit.value_ms),
                                   metric_words(limit.metric)));
      }
    }
  }
  ways.push_back(fmt::format("more GPUs than {} (plan.max_gpus)", plan.max_gpus));
  ways.emplace_back("a lower rate, or other layouts in plan.search");
  return ways;
}

}  // namespace

void add_miss(spec::PlanAnswer& answer, const std::vector<LayoutRace>& races) {
  spec::PlanMiss miss;
  miss.layout = nearest_layout(races);
  const LayoutRace& race = races[miss.layout];
  if (const spec::PlanPoint* nearest = race.nearest()) {
    miss.point = static_cast<std::size_t>(nearest - race.layout().points.data());
    miss.ways_out = ways_out(*nearest, answer.plan);
  } else {
    miss.ways_out = {"other layouts in plan.search: " + race.layout().reason};
  }
  answer.miss = std::move(miss);
}

}  // namespace kvsim::plan
