// No layout will do: which comes nearest, and what would mend it.
#pragma once

#include <vector>

#include "sim/plan/layout_race.hpp"
#include "sim/spec/plan_result.hpp"

namespace kvsim::plan {

/// Fills answer.miss. Requires: no layout meets the plan; the races are the answer's layouts.
void add_miss(spec::PlanAnswer& answer, const std::vector<LayoutRace>& races);

}  // namespace kvsim::plan
