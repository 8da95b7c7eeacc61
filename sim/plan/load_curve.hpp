// A run under less and more than its load: where its latencies bend.
#pragma once

#include <vector>

#include "sim/spec/study.hpp"

namespace kvsim::plan {

/// The run at 25, 50, 75, 100, 125 and 150 % of its load, each with an id and an override of its
/// own; the run alone where its load cannot be scaled, or is not one number (stages).
[[nodiscard]] std::vector<spec::RunSpec> load_curve(const spec::RunSpec& run);

}  // namespace kvsim::plan
