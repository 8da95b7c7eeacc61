// One layout of a search: its bound, the levels tried and what came out. Internal to the room.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/plan/levels.hpp"
#include "sim/plan/plan_point.hpp"

namespace kvsim::plan {

class LayoutRace {
 public:
  LayoutRace(const spec::Layout& layout, const spec::PlanSpec& plan,
             const std::vector<spec::CardSpec>& cards, const Demand& demand,
             std::function<bool()> keep_going);

  /// Whether any level is left to try.
  [[nodiscard]] bool is_open() const { return levels_ && levels_->lowest() <= levels_->highest(); }
  /// What it would be worth at its bound. Requires: is_open().
  [[nodiscard]] double value_at_best() const { return levels_->value(levels_->lowest()); }
  /// The level's value, where it meets the limits.
  [[nodiscard]] std::optional<double> value() const;

  /// Looks for its best level; with `best_so_far`, gives up where it cannot be as good.
  void run(std::optional<double> best_so_far, const std::string& whose);

  [[nodiscard]] const spec::PlanLayout& layout() const { return found_; }
  [[nodiscard]] spec::PlanLayout& layout() { return found_; }
  [[nodiscard]] const Levels& levels() const { return *levels_; }
  [[nodiscard]] const LayoutBound& bound() const { return bound_; }
  [[nodiscard]] std::int64_t best_level() const { return *best_level_; }
  [[nodiscard]] std::int64_t simulations() const { return simulations_; }
  [[nodiscard]] std::int64_t simulated_requests() const { return simulated_requests_; }
  /// The point that came nearest; null if none was simulated.
  [[nodiscard]] const spec::PlanPoint* nearest() const;
  /// Simulated and kept; a level is simulated once.
  [[nodiscard]] const spec::PlanPoint& at(std::int64_t level);

 private:
  bool meets(std::int64_t level) { return at(level).meets; }
  void settle(std::optional<std::int64_t> level);
  void drop(spec::LayoutFate fate, std::string rule, std::string reason);

  const spec::PlanSpec& plan_;
  const std::vector<spec::CardSpec>& cards_;
  std::function<bool()> keep_going_;
  LayoutBound bound_;
  std::optional<Levels> levels_;
  spec::PlanLayout found_;
  std::vector<std::int64_t> level_of_point_;
  std::optional<std::int64_t> best_level_;
  std::int64_t simulations_ = 0;
  std::int64_t simulated_requests_ = 0;
};

/// "4 replicas (16 GPUs)"; "1 replica (8 GPUs)".
[[nodiscard]] std::string size_words(const spec::PlanPoint& point);

}  // namespace kvsim::plan
