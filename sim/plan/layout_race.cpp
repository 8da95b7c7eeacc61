#include "sim/plan/layout_race.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/plan/first_level.hpp"
#include "sim/plan/search.hpp"

namespace kvsim::plan {
namespace {

std::string replicas_words(std::int64_t replicas) {
  return fmt::format("{} replica{}", replicas, replicas == 1 ? "" : "s");
}

}  // namespace

std::string size_words(const spec::PlanPoint& point) {
  return fmt::format("{} ({} GPU{})", replicas_words(point.replicas), point.gpus,
                     point.gpus == 1 ? "" : "s");
}

LayoutRace::LayoutRace(const spec::Layout& layout, const spec::PlanSpec& plan,
                       const std::vector<spec::CardSpec>& cards, const Demand& demand,
                       std::function<bool()> keep_going)
    : plan_(plan),
      cards_(cards),
      keep_going_(std::move(keep_going)),
      bound_(layout_bound(layout.run, cards, demand)) {
  found_.choice = layout.choice;
  found_.gpu = layout.run.cluster.gpu.name;
  found_.gpus_per_replica = layout.run.engine.tensor_parallel_size;
  if (!bound_.rule.empty()) {
    drop(spec::LayoutFate::Refused, bound_.rule, bound_.reason);
    return;
  }
  levels_.emplace(layout.run, plan, bound_, demand);
  found_.least_replicas = least_replicas(bound_, demand);
  if (levels_->lowest() <= levels_->highest()) {
    return;
  }
  const std::int64_t most = plan.max_gpus / found_.gpus_per_replica;
  const bool fixed_is_too_few = plan.replicas && *plan.replicas <= most;
  drop(spec::LayoutFate::Refused, most < 1 ? "max_gpus" : bound_.bound_by,
       most < 1 ? fmt::format("one replica takes {} GPUs, max_gpus is {}", found_.gpus_per_replica,
                              plan.max_gpus)
                : fmt::format("{} alone asks for {}; {}", bound_.bound_by,
                              replicas_words(found_.least_replicas),
                              fixed_is_too_few ? fmt::format("replicas is {}", *plan.replicas)
                                               : fmt::format("max_gpus allows {}", most)));
}

const spec::PlanPoint& LayoutRace::at(std::int64_t level) {
  const auto known = std::find(level_of_point_.begin(), level_of_point_.end(), level);
  if (known != level_of_point_.end()) {
    return found_.points[static_cast<std::size_t>(known - level_of_point_.begin())];
  }
  const Trial trial = try_run(levels_->run_at(level), cards_,
                              trial_options(plan_, levels_->replicas(level)), keep_going_);
  simulations_ += trial.simulations;
  simulated_requests_ += trial.simulated_requests;
  level_of_point_.push_back(level);
  found_.points.push_back(point_of(trial, plan_, levels_->load(level)));
  return found_.points.back();
}

std::optional<double> LayoutRace::value() const {
  return best_level_ ? std::optional(levels_->value(*best_level_)) : std::nullopt;
}

const spec::PlanPoint* LayoutRace::nearest() const {
  const auto nearest =
      std::min_element(found_.points.begin(), found_.points.end(),
                       [](const auto& a, const auto& b) { return distance(a) < distance(b); });
  return nearest == found_.points.end() ? nullptr : &*nearest;
}

void LayoutRace::run(std::optional<double> best_so_far, const std::string& whose) {
  const std::int64_t low = levels_->lowest();
  const auto holds = [this](std::int64_t level) { return meets(level); };
  if (!best_so_far) {
    settle(first_from(low, low, levels_->highest(), holds));
    return;
  }
  const std::int64_t high = levels_->highest_within(*best_so_far);
  if (high < low) {
    drop(spec::LayoutFate::Pruned, bound_.bound_by,
         spec::is_minimum(plan_.objective)
             ? fmt::format("{} alone asks for {}, {} GPUs; {} does with less", bound_.bound_by,
                           replicas_words(low), low * found_.gpus_per_replica, whose)
             : fmt::format("{} alone allows {:.3g} of the load; {} carries more", bound_.bound_by,
                           levels_->load(low), whose));
    return;
  }
  if (meets(high)) {
    settle(first_in(low, high, holds));
    return;
  }
  settle(std::nullopt);
}

void LayoutRace::settle(std::optional<std::int64_t> level) {
  if (level) {
    best_level_ = level;
    found_.best =
        static_cast<std::size_t>(std::find(level_of_point_.begin(), level_of_point_.end(), *level) -
                                 level_of_point_.begin());
    drop(spec::LayoutFate::Meets, "not the best",
         "meets the limits with " + size_words(found_.points[*found_.best]));
    return;
  }
  const spec::PlanPoint& last = found_.points.back();
  drop(spec::LayoutFate::Rejected, shortfall_rule(last),
       fmt::format("with {}: {}", size_words(last), shortfall(last, plan_)));
}

void LayoutRace::drop(spec::LayoutFate fate, std::string rule, std::string reason) {
  found_.fate = fate;
  found_.rule = std::move(rule);
  found_.reason = std::move(reason);
}

}  // namespace kvsim::plan
