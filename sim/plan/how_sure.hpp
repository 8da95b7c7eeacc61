// How sure a plan's answer is, and what would change it.
//
//   below        the winner one level lower: does it really not suffice?
//   draws        prices and arrivals drawn anew (replicate.hpp); each draw finds the level that it
//                would take. Their percentiles are the interval of "GPUs needed"; without an upper
//                end where draws find no level
//   sensitivity  the load and the lengths 20 % more and less, each by itself
//
// Of the winner's layout alone: another one might be better then.
#pragma once

#include "sim/plan/layout_race.hpp"
#include "sim/plan/search.hpp"

namespace kvsim::plan {

/// Fills run, below, draws and sensitivity. Requires: `winner` is the answer's and has a level.
void add_confidence(spec::PlanAnswer& answer, const spec::PlanQuestion& question,
                    LayoutRace& winner, const std::vector<spec::CardSpec>& cards,
                    const SearchOptions& options);

}  // namespace kvsim::plan
