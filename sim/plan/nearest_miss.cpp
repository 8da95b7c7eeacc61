#include "sim/plan/nearest_miss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "sim/plan/scaled_load.hpp"
#include "sim/spec/plan_limits.hpp"

namespace kvsim::plan {
namespace {

bool may_do(const LayoutRace& race) { return race.bound().rule.empty(); }

// Where nothing was simulated, the layout that the bound asks the fewest GPUs for; where no number
// of them would do, the first.
std::size_t nearest_layout(const std::vector<LayoutRace>& races) {
  using Distance = std::tuple<bool, bool, std::pair<double, double>>;
  const auto distance_of = [](const LayoutRace& race) {
    const spec::PlanLayout& layout = race.layout();
    const auto gpus = static_cast<double>(layout.least_replicas * layout.gpus_per_replica);
    const spec::PlanPoint* nearest = race.nearest();
    return nearest != nullptr ? Distance(false, false, distance(*nearest))
                              : Distance(true, !may_do(race), {gpus, 0});
  };
  const auto nearest = std::min_element(
      races.begin(), races.end(),
      [&](const LayoutRace& a, const LayoutRace& b) { return distance_of(a) < distance_of(b); });
  return static_cast<std::size_t>(nearest - races.begin());
}

// A little more than was seen, in two figures.
std::string rounded_up(double ms) {
  const double unit = std::pow(10.0, std::floor(std::log10(ms)) - 1);
  return fmt::format("{:g} ms", std::ceil(ms / unit) * unit);
}

void add_limits(std::vector<std::string>& ways, const spec::PlanPoint& point) {
  for (const spec::PlanLimit& limit : point.limits) {
    if (!limit.met && !point.overloaded) {
      ways.push_back(fmt::format("a limit of {} on {}", rounded_up(limit.value_ms),
                                 spec::metric_name(limit.metric)));
    }
  }
}

/// The nearest layout under another plan.
class SecondLook {
 public:
  SecondLook(const spec::Layout& layout, const std::vector<spec::CardSpec>& cards,
             const SearchOptions& options)
      : layout_(layout), cards_(cards), options_(options), demand_(demand_of(layout.run)) {}

  /// Its best point; nothing if it does not meet that plan either.
  [[nodiscard]] std::optional<spec::PlanPoint> under(const spec::PlanSpec& plan,
                                                     spec::PlanAnswer& answer) const {
    LayoutRace race(layout_, plan, cards_, demand_, options_.keep_going);
    if (!race.is_open()) {
      return std::nullopt;
    }
    race.run(std::nullopt, {});
    answer.simulations += race.simulations();
    answer.simulated_requests += race.simulated_requests();
    const spec::PlanLayout& found = race.layout();
    return found.best ? std::optional(found.points[*found.best]) : std::nullopt;
  }

 private:
  const spec::Layout& layout_;
  const std::vector<spec::CardSpec>& cards_;
  const SearchOptions& options_;
  Demand demand_;
};

void add_more_gpus(std::vector<std::string>& ways, const SecondLook& look,
                   spec::PlanAnswer& answer) {
  constexpr std::int64_t kHowManyTimes = 16;
  spec::PlanSpec wider = answer.plan;
  wider.max_gpus *= kHowManyTimes;
  wider.replicas.reset();
  if (const auto point = look.under(wider, answer)) {
    ways.push_back(fmt::format("{} GPUs", point->gpus));
  }
}

void add_lower_rate(std::vector<std::string>& ways, const SecondLook& look,
                    const spec::RunSpec& run, spec::PlanAnswer& answer) {
  spec::PlanSpec slower = answer.plan;
  slower.objective = spec::Objective::MaxThroughput;
  const bool has_rate = !run.workload.closed_loop && with_load(run, 1);
  if (const auto point = has_rate ? look.under(slower, answer) : std::nullopt) {
    ways.push_back(fmt::format("{:.3g} requests/s", point->request_rate));
  }
}

}  // namespace

void add_miss(spec::PlanAnswer& answer, const spec::PlanQuestion& question,
              const std::vector<LayoutRace>& races, const std::vector<spec::CardSpec>& cards,
              const SearchOptions& options) {
  spec::PlanMiss miss;
  miss.layout = nearest_layout(races);
  const LayoutRace& race = races[miss.layout];
  if (const spec::PlanPoint* nearest = race.nearest()) {
    miss.point = static_cast<std::size_t>(nearest - race.layout().points.data());
    add_limits(miss.ways_out, *nearest);
  }
  if (may_do(race) && spec::is_minimum(answer.plan.objective)) {
    const spec::Layout& layout = question.layouts[miss.layout];
    const SecondLook look(layout, cards, options);
    add_more_gpus(miss.ways_out, look, answer);
    add_lower_rate(miss.ways_out, look, layout.run, answer);
  }
  if (miss.ways_out.empty()) {
    miss.ways_out = {"other layouts in plan.search, or other limits"};
  }
  answer.miss = std::move(miss);
}

}  // namespace kvsim::plan
