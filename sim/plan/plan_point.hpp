// What a plan keeps of a simulated layout.
#pragma once

#include <string>
#include <utility>

#include "sim/plan/trial.hpp"
#include "sim/spec/plan_result.hpp"

namespace kvsim::plan {

/// `load`: of the study's own.
[[nodiscard]] spec::PlanPoint point_of(const Trial& trial, const spec::PlanSpec& plan, double load);

/// The largest value / limit: how far the point is from its limits, 1 at the limit. Infinite for an
/// overload, 0 without limits.
[[nodiscard]] double worst_ratio(const spec::PlanPoint& point);
/// How far from meeting the plan, to be compared: the ratio, of overloads the less that comes out.
[[nodiscard]] std::pair<double, double> distance(const spec::PlanPoint& point);
/// Why the point does not meet the plan: "p99 TPOT 61.2 ms of 50 ms". Requires: it does not.
[[nodiscard]] std::string shortfall(const spec::PlanPoint& point, const spec::PlanSpec& plan);
/// The same in a word or two, to count by: "p99 TPOT", "overloaded".
[[nodiscard]] std::string shortfall_rule(const spec::PlanPoint& point);

}  // namespace kvsim::plan
