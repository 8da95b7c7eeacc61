// The rungs that a layout is tried at: one number, the higher the easier, the lower the better.
//
//   min_gpus, min_cost           level n is n replicas under the study's load
//   max_throughput, max_goodput  as many replicas as max_gpus allows; level n is 1.02^-n of the
//   load
//
// So "the best at which it meets the limits" is the lowest level that does, for every objective.
#pragma once

#include <cstdint>

#include "sim/plan/layout_bound.hpp"
#include "sim/spec/plan.hpp"

namespace kvsim::plan {

class Levels {
 public:
  /// Requires: bound.rule is empty; for min_cost the run has a price; for a maximum its load can be
  /// scaled (scaled_load.hpp).
  Levels(const spec::RunSpec& layout, const spec::PlanSpec& plan, const LayoutBound& bound,
         const Demand& demand);

  /// No level below it can do, by the bound.
  [[nodiscard]] std::int64_t lowest() const { return lowest_; }
  /// The last one that the plan allows; less than lowest() if none is left.
  [[nodiscard]] std::int64_t highest() const { return highest_; }
  /// The highest level whose value is at most `value`; may be less than lowest().
  [[nodiscard]] std::int64_t highest_within(double value) const;
  /// What the plan wants small: GPUs, cost per hour, the level itself.
  [[nodiscard]] double value(std::int64_t level) const;

  [[nodiscard]] std::int64_t replicas(std::int64_t level) const;
  [[nodiscard]] double load(std::int64_t level) const;
  [[nodiscard]] spec::RunSpec run_at(std::int64_t level) const;

 private:
  spec::RunSpec layout_;
  bool counts_replicas_;
  std::int64_t replicas_ = 1;  ///< when maximising
  double per_level_ = 1;       ///< value of a level
  std::int64_t lowest_ = 1;
  std::int64_t highest_ = 0;
};

}  // namespace kvsim::plan
