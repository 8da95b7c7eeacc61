// How many replicas each hour takes, where the rate varies: what a cluster that grows and shrinks
// could save.
//
// A window of the offered rate (rate_profile.hpp) is simulated as if its rate never ended: Poisson
// arrivals, lengths as the workload has them. So neither bursts within a window nor the time to
// start a replica count.
#pragma once

#include <vector>

#include "sim/plan/search.hpp"

namespace kvsim::plan {

/// Fills answer.hours for a minimum over a rate that varies; leaves it alone else. At most 48
/// different rates are simulated: those in between take what the next higher one does.
/// Requires: the answer has a winner and its run.
void add_hours(spec::PlanAnswer& answer, const std::vector<spec::CardSpec>& cards,
               const SearchOptions& options);

}  // namespace kvsim::plan
