// What must hold before a run can start: said before any time is simulated.
#pragma once

#include "sim/spec/study.hpp"

namespace kvsim::cluster {

/// Throws ConfigError when the run contradicts itself (a model that cannot be cut that way, limits
/// that exclude each other), DoesNotFit when its HBM does not suffice.
void require_feasible(const spec::RunSpec& run);

}  // namespace kvsim::cluster
