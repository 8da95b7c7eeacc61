// No layout will do: which comes nearest, and what would mend it.
#pragma once

#include <vector>

#include "sim/plan/layout_race.hpp"
#include "sim/plan/search.hpp"
#include "sim/spec/plan_result.hpp"

namespace kvsim::plan {

/// Fills answer.miss; looks how many GPUs, up to sixteen times max_gpus, and what lower rate the
/// nearest layout would do with. Requires: no layout meets the plan; the races are the answer's
/// layouts, in the question's order.
void add_miss(spec::PlanAnswer& answer, const spec::PlanQuestion& question,
              const std::vector<LayoutRace>& races, const std::vector<spec::CardSpec>& cards,
              const SearchOptions& options);

}  // namespace kvsim::plan
